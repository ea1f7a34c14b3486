using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Tasks;

namespace Migrate.Simulator.VirtualMachines;

public sealed class VirtualMachine : ManagedEntity
{
    private VmState _state;
    private long _revision;
    private int _moves;
    private VimTask? _task;

    public VirtualMachine(Vcenter vcenter, string id, EstateVm source, Folder folder, HostSystem host, IReadOnlyList<VmDisk> disks, IReadOnlyList<Network> networks, Datastore home)
        : base(vcenter, "VirtualMachine", id, source.Name, folder)
    {
        Source = source;
        Folder = folder;
        Host = host;
        Disks = disks;
        Networks = networks;
        Home = home;
        InstanceUuid = source.InstanceUuid ?? vcenter.StableUuid("vm-instance/" + source.Name).ToString();
        BiosUuid = source.BiosUuid ?? "42" + vcenter.StableUuid("vm-bios/" + source.Name).ToString()[2..];
        Created = DateTime.UnixEpoch.AddDays(19000 + source.Name.Length);
        Controllers = DiskPlacement.Controllers(source);
        var power = source.Template ? EstatePower.Off : source.Power;
        _state = new VmState(power switch { EstatePower.On => "poweredOn", EstatePower.Off => "poweredOff", _ => "suspended" }, source.Cbt, [], null, source.ConsolidationNeeded);
        BootedAt = power == EstatePower.Off ? null : vcenter.Now.Date;
        Storage = new VmStorage(this);
        foreach (var name in source.Snapshots)
        {
            new VmSnapshots(vcenter, this).Add(new SnapshotKind(name));
        }

        if (source.Writes is not null)
        {
            vcenter.Guests.Begin(this, source.Writes);
        }
    }

    public EstateVm Source { get; private set; }

    public Folder Folder { get; }

    public HostSystem Host { get; private set; }

    public IReadOnlyList<VmDisk> Disks { get; }

    public IReadOnlyList<EstateController> Controllers { get; }

    /// <summary>One per NIC of the estate, in its order.</summary>
    public IReadOnlyList<Network> Networks { get; }

    public Datastore Home { get; private set; }

    public IReadOnlyList<Datastore> Datastores => [.. Disks.Select(d => d.Datastore).Append(Home).Distinct()];

    public string InstanceUuid { get; }

    public string BiosUuid { get; }

    public DateTime Created { get; }

    public VmStorage Storage { get; }

    /// <summary>When it was powered on; not moved by being resumed, and forgotten when it is powered off.</summary>
    public DateTime? BootedAt { get; private set; }

    /// <summary>What the flag says; for the disks it takes effect at the next stun.</summary>
    public bool TracksChanges => State.ChangeTracking && Source.CbtSupported;

    /// <summary>Moves with every change of the configuration: a time, as real servers write it, of which the fraction counts.</summary>
    public DateTime Modified => Created.AddTicks(10 * Interlocked.Read(ref _revision));

    public VmState State => Volatile.Read(ref _state);

    public bool GuestRuns => State.Power == "poweredOn" && Source.Tools == EstateTools.Running;

    public string VmPathName => $"[{Home.Name}] {Name}/{Name}.vmx";

    public void Change(Func<VmState, VmState> change)
    {
        VmState before, after;
        do
        {
            before = State;
            after = change(before);
        }
        while (Interlocked.CompareExchange(ref _state, after, before) != before);
        if (before.Power != after.Power)
        {
            BootedAt = after.Power switch { "poweredOff" => null, "poweredOn" when before.Power == "poweredOff" => Vcenter.Now, _ => BootedAt };
            Vcenter.Events.RecordPower(this, before.Power, after.Power);
        }

        Touch();
    }

    /// <summary>Somebody edited its settings.</summary>
    public void Reconfigure(Func<EstateVm, EstateVm> change)
    {
        Source = change(Source);
        Vcenter.Events.RecordReconfigured(this);
        Touch();
    }

    /// <summary>A part of a reconfiguration, which records itself.</summary>
    internal void Edit(Func<EstateVm, EstateVm> change) => Source = change(Source);

    internal void Annotate(string? text)
    {
        if (text is not null)
        {
            Edit(x => x with { Annotation = text });
        }
    }

    /// <summary>How often it changed its host. What is read of its disks goes through a host, and breaks off with each move.</summary>
    public int Moves => Volatile.Read(ref _moves);

    /// <summary>DRS or somebody moved it while it runs.</summary>
    public void MoveTo(HostSystem host)
    {
        Host = host;
        Interlocked.Increment(ref _moves);
        Vcenter.ForgetHosts();
        Vcenter.Changes.Signal();
    }

    /// <summary>Storage vMotion.</summary>
    public void RelocateTo(Datastore datastore)
    {
        Storage.Relocate(datastore);
        Home = datastore;
        Touch();
    }

    /// <summary>Null when nothing else is done to the VM; else what is.</summary>
    internal VimTask? TryOccupy(VimTask task) => Interlocked.CompareExchange(ref _task, task, null);

    internal void Release(VimTask task) => Interlocked.CompareExchange(ref _task, null, task);

    public override void Rename(string name)
    {
        base.Rename(name);
        Touch();
    }

    /// <summary>The configuration is not what it was.</summary>
    public void Touch()
    {
        Interlocked.Increment(ref _revision);
        Vcenter.Changes.Signal();
    }

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) =>
        new VmOperations(Vcenter, this).Invoke(call) is { } reply ? Task.FromResult(reply) : base.InvokeAsync(call, cancellationToken);

    protected override object? Property(string name) => name switch
    {
        // A VM whose files cannot be read has no configuration to show.
        "config" => Source.Connection == "invalid" ? null : VmConfig.Of(Vcenter, this, State),
        "runtime" => VmSummaries.Runtime(Vcenter, this),
        "summary" => VmSummaries.Summary(Vcenter, this),
        "guest" => VmGuest.Of(this),
        "capability" => VmSummaries.Capability(this),
        "layoutEx" => VmFiles.LayoutEx(Vcenter, this),
        "storage" => VmFiles.Storage(Vcenter, this),
        "resourcePool" => Source.Template ? null : Host.Cluster.Pool.Ref,
        "datastore" => References(Datastores),
        "network" => References(Networks.Distinct()),
        "customValue" => Vcenter.Get<CustomFieldsManager>("CustomFieldsManager").ValuesOf(Source.Attributes),
        "snapshot" => VmSnapshots.Info(this),
        "rootSnapshot" => State.Snapshots.Count == 0 ? null : State.Snapshots.Where(s => s.Parent is null).Select(s => s.Ref).ToList(),
        "guestHeartbeatStatus" => GuestRuns ? "green" : "gray",
        _ => base.Property(name),
    };
}

/// <summary>What of a VM changes while it is simulated.</summary>
/// <param name="Power">poweredOn, poweredOff or suspended.</param>
/// <param name="ChangeTracking">The flag, which may not have taken effect yet.</param>
/// <param name="Snapshots">Of all branches, in the order in which they were taken.</param>
/// <param name="Current">The one that the VM goes on from.</param>
/// <param name="ConsolidationNeeded">Deltas of removed snapshots are still there.</param>
public sealed record VmState(string Power, bool ChangeTracking, IReadOnlyList<SnapshotObject> Snapshots, SnapshotObject? Current, bool ConsolidationNeeded)
{
    /// <summary>The snapshot that this is the state at; null = now.</summary>
    public SnapshotObject? At { get; init; }
}
