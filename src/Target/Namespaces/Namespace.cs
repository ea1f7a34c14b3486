using System.Numerics;
using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Namespaces;

/// <summary>
/// A namespace: identity, geometry, and the way to its storage for those who may use it. Every access to the storage is
/// inside <see cref="TryEnter"/> and <see cref="AccessPeriod.Exit"/>; changing the rule replaces the period.
/// </summary>
internal sealed class Namespace
{
    private readonly Lock _changing = new();
    private AccessPeriod _period = new(new AccessRule(null, null));
    private long _capacityBytes;
    private volatile bool _isDeleted;

    public Namespace(Guid uuid, uint nsid, long capacityBytes, int blockSize, BackingPlace place, uint anaGroup = 1)
    {
        Uuid = uuid;
        Nsid = nsid;
        _capacityBytes = capacityBytes;
        BlockSize = blockSize;
        BlockShift = BitOperations.Log2((uint)blockSize);
        Place = place;
        AnaGroup = anaGroup;
        Reservations = new NamespaceReservations(this);
    }

    public Guid Uuid { get; }

    public uint Nsid { get; }

    /// <summary>Its ANA group: how it can be reached by which port is decided for all of the group's members at once.</summary>
    public uint AnaGroup { get; }

    /// <summary>Grows while hosts use the namespace; shrinks only while it is offline.</summary>
    public long CapacityBytes
    {
        get => Volatile.Read(ref _capacityBytes);
        set => Volatile.Write(ref _capacityBytes, value);
    }

    public int BlockSize { get; }

    public int BlockShift { get; }

    public long Blocks => CapacityBytes >> BlockShift;

    public BackingPlace Place { get; }

    public string BackingPath => Place.Path;

    public NamespaceReservations Reservations { get; }

    /// <summary>Why the namespace is offline although it should not be; null when nothing is wrong.</summary>
    public TargetException? Problem { get; set; }

    public bool IsDeleted
    {
        get => _isDeleted;
        set => _isDeleted = value;
    }

    public bool Online => Volatile.Read(ref _period).Backing is not null;

    public string? GrantedHostNqn => Volatile.Read(ref _period).GrantedHostNqn;

    /// <summary>What it takes up of its storage: of a file the allocated blocks, of a device everything.</summary>
    public long AllocatedBytes => Posix.StatusOf(BackingPath) switch
    {
        { IsBlockDevice: true } => CapacityBytes,
        { IsFile: true } status => status.AllocatedBytes,
        _ => 0,
    };

    /// <summary>Admits one access of a host: on success the caller must call <see cref="AccessPeriod.Exit"/>.</summary>
    public ushort TryEnter(HostIdentity host, Access access, int stripe, out AccessPeriod period)
    {
        period = Enter(stripe);
        if (period.Backing is not null && period.Admits(host, access))
        {
            return NvmeStatus.Success;
        }

        period.Exit(stripe);
        return (ushort)((period.Backing is null ? NvmeStatus.InvalidNamespace : NvmeStatus.ReservationConflict) | NvmeStatus.DoNotRetry);
    }

    /// <summary>The same for the target itself, whoever the hosts are that may do I/O; false while the namespace is offline.</summary>
    public bool TryEnterAsTarget(int stripe, out AccessPeriod period)
    {
        period = Enter(stripe);
        if (period.Backing is not null)
        {
            return true;
        }

        period.Exit(stripe);
        return false;
    }

    /// <summary>Puts a new rule in force; done when no access under the old one is under way.</summary>
    public Task ChangeRuleAsync(Func<AccessRule, AccessRule> change)
    {
        lock (_changing)
        {
            var old = _period;
            Interlocked.Exchange(ref _period, new AccessPeriod(change(old.Rule)));
            return old.EndAsync();
        }
    }

    /// <summary>Puts the guard in force, unless there is one already.</summary>
    /// <param name="guard">To be taken away by <see cref="EndGuard"/>.</param>
    /// <param name="ready">When true: done when nobody is at the guarded blocks any more. Else: done when it is worth another try.</param>
    public bool TryGuard(RangeGuard guard, out Task ready)
    {
        lock (_changing)
        {
            var other = _period.Guard;
            ready = other?.Ended ?? ChangeRuleAsync(r => r with { Guard = guard });
            return other is null;
        }
    }

    public void EndGuard(RangeGuard guard)
    {
        _ = ChangeRuleAsync(r => r with { Guard = null }); // who entered meanwhile was somewhere else
        guard.End();
    }

    public AccessPeriod Period => Volatile.Read(ref _period);

    public bool Contains(ulong slba, uint blocks)
    {
        var all = (ulong)Blocks;
        return slba < all && blocks <= all - slba;
    }

    private AccessPeriod Enter(int stripe)
    {
        while (true)
        {
            var period = Volatile.Read(ref _period);
            period.Enter(stripe);
            if (ReferenceEquals(period, Volatile.Read(ref _period)))
            {
                return period;
            }

            period.Exit(stripe); // the rule changed between reading and entering
        }
    }
}
