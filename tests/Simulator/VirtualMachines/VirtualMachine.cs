using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Storage;

namespace Migrate.Simulator.VirtualMachines;

public sealed class VirtualMachine : ManagedEntity
{
    private VmState _state;
    private long _revision;

    public VirtualMachine(Vcenter vcenter, string id, EstateVm source, Folder folder, HostSystem host, IReadOnlyList<VmDisk> disks, IReadOnlyList<Network> networks, Datastore home)
        : base(vcenter, "VirtualMachine", id, source.Name, folder)
    {
        Source = source;
        Folder = folder;
        Host = host;
        Disks = disks;
        Networks = networks;
        Home = home;
        Datastores = [.. disks.Select(d => d.Datastore).Append(home).Distinct()];
        InstanceUuid = source.InstanceUuid ?? vcenter.StableUuid("vm-instance/" + source.Name).ToString();
        BiosUuid = source.BiosUuid ?? "42" + vcenter.StableUuid("vm-bios/" + source.Name).ToString()[2..];
        Created = DateTime.UnixEpoch.AddDays(19000 + source.Name.Length);
        Controllers = DiskPlacement.Controllers(source);
        var power = source.Template ? EstatePower.Off : source.Power;
        _state = new VmState(power switch { EstatePower.On => "poweredOn", EstatePower.Off => "poweredOff", _ => "suspended" }, source.Cbt, [], source.ConsolidationNeeded);
        Storage = new VmStorage(this);
        foreach (var name in source.Snapshots)
        {
            new VmSnapshots(vcenter, this).Add(name, "");
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

    public Datastore Home { get; }

    public IReadOnlyList<Datastore> Datastores { get; }

    public string InstanceUuid { get; }

    public string BiosUuid { get; }

    public DateTime Created { get; }

    public VmStorage Storage { get; }

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
        Touch();
    }

    /// <summary>Somebody edited its settings.</summary>
    public void Reconfigure(Func<EstateVm, EstateVm> change)
    {
        Source = change(Source);
        Touch();
    }

    /// <summary>DRS or somebody moved it while it runs.</summary>
    public void MoveTo(HostSystem host)
    {
        Host = host;
        Vcenter.ForgetHosts();
        Vcenter.Changes.Signal();
    }

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
        "customValue" => Vcenter.Get<CustomFieldsManager>("CustomFieldsManager").ValuesOf(this),
        "snapshot" => VmSnapshots.Info(this),
        "rootSnapshot" => State.Snapshots.Count == 0 ? null : new[] { State.Snapshots[0].Ref },
        "guestHeartbeatStatus" => GuestRuns ? "green" : "gray",
        _ => base.Property(name),
    };
}

/// <summary>What of a VM changes while it is simulated.</summary>
public sealed record VmState(string Power, bool ChangeTracking, IReadOnlyList<SnapshotObject> Snapshots, bool ConsolidationNeeded)
{
    /// <summary>The snapshot that this is the state at; null = now.</summary>
    public SnapshotObject? At { get; init; }
}
