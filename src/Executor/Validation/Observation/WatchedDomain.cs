namespace Migrate.Executor.Validation.Observation;

/// <summary>One observation in this process's memory: what is known, and how much of that is stored. Whoever touches it holds its gate.</summary>
internal sealed class WatchedDomain(Guid runId, string domain)
{
    private readonly List<ObservedInterval> _pending = [];

    public Guid RunId { get; } = runId;

    public string Domain { get; } = domain;

    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>Of what is stored; none yet is -1.</summary>
    public long Version { get; private set; } = -1;

    public ObservationState State { get; private set; } = new() { At = DateTime.MaxValue, Disks = [] };

    /// <summary>Of the last reading, by a clock that nobody sets; null when another process made that.</summary>
    public long? Stamp { get; private set; }

    public IReadOnlyList<ObservedInterval> Pending => _pending;

    public bool HasNews { get; private set; }

    /// <summary>Forgets what is not stored, if something else was stored since.</summary>
    public void GoOnFrom(long version, string state)
    {
        if (Version != version)
        {
            (Version, State, Stamp, HasNews) = (version, ObservationState.Read(state), null, false);
            _pending.Clear();
        }
    }

    public void Add(ObservationState state, ObservedInterval? interval, long stamp)
    {
        (State, Stamp, HasNews) = (state, stamp, true);
        if (interval is not null)
        {
            _pending.Add(interval);
        }
    }

    /// <param name="wasStored">False: somebody else stored something; what is there is read before anything is added.</param>
    public void Stored(bool wasStored)
    {
        _pending.Clear();
        (Version, HasNews) = (wasStored ? Version + 1 : -1, false);
    }
}
