namespace Migrate.Target.Namespaces;

/// <summary>
/// The time during which one rule says who may touch a namespace's storage. Each access counts itself in and out of the
/// period that admitted it, so that whoever changes the rule can wait for exactly the accesses of the old one.
/// </summary>
internal sealed class AccessPeriod(Backing? backing, string? grantedHostNqn)
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;
    private volatile bool _ended;

    /// <summary>Null while the namespace is offline.</summary>
    public Backing? Backing { get; } = backing;

    public string? GrantedHostNqn { get; } = grantedHostNqn;

    public bool Admits(string hostNqn) => GrantedHostNqn is null || GrantedHostNqn == hostNqn;

    public void Enter() => Interlocked.Increment(ref _inFlight);

    public void Exit()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0 && _ended)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Call after a new period was published: done when the last access of this one has left.</summary>
    public Task EndAsync()
    {
        _ended = true;
        if (Interlocked.CompareExchange(ref _inFlight, 0, 0) == 0)
        {
            _drained.TrySetResult();
        }

        return _drained.Task;
    }
}
