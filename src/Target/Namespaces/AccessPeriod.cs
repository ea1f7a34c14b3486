using Migrate.Target.Reservations;

namespace Migrate.Target.Namespaces;

/// <summary>
/// The time during which one rule says who may touch a namespace's storage. Each access counts itself in and out of the
/// period that admitted it, so that whoever changes the rule can wait for exactly the accesses of the old one.
/// The count is in stripes, a cache line each: threads that serve the same namespace would otherwise wait for one line.
/// </summary>
internal sealed class AccessPeriod(AccessRule rule)
{
    private const int Stripes = 16;
    private const int LineInts = 16;

    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int[] _inFlight = new int[(Stripes + 1) * LineInts];
    private volatile bool _ended;

    public AccessRule Rule { get; } = rule;

    // Of the rule, for every command: without a step in between.

    /// <summary>Null while the namespace is offline.</summary>
    public Backing? Backing { get; } = rule.Backing;

    public string? GrantedHostNqn { get; } = rule.GrantedHostNqn;

    public ReservationState? Reservation { get; } = rule.Reservation;

    public RangeGuard? Guard { get; } = rule.Guard;

    public bool Admits(HostIdentity host, Access access) =>
        (GrantedHostNqn is null || GrantedHostNqn == host.Nqn) && (Reservation is null || Reservation.Admits(host.Id, access));

    /// <summary>True when these bytes are somebody else's for now.</summary>
    public bool Bars(long offset, long length) => Guard is { } guard && guard.Covers(offset, length);

    public void Enter(int stripe) => Interlocked.Increment(ref Counter(stripe));

    /// <param name="stripe">The one that was entered by.</param>
    public void Exit(int stripe)
    {
        if (Interlocked.Decrement(ref Counter(stripe)) == 0 && _ended && IsEmpty)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Call after a new period was published: done when the last access of this one has left.</summary>
    public Task EndAsync()
    {
        _ended = true;
        Interlocked.MemoryBarrier();
        if (IsEmpty)
        {
            _drained.TrySetResult();
        }

        return _drained.Task;
    }

    private ref int Counter(int stripe) => ref _inFlight[((stripe % Stripes) + 1) * LineInts];

    private bool IsEmpty
    {
        get
        {
            for (var stripe = 0; stripe < Stripes; stripe++)
            {
                if (Volatile.Read(ref Counter(stripe)) != 0)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
