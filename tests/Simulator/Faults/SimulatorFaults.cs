using Migrate.Simulator.ChangeTracking;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Faults;

/// <summary>
/// What a rehearsal can make go wrong while the simulator runs. Everything takes effect at once and, where it names a
/// count, wears off by itself.
/// </summary>
public sealed class SimulatorFaults
{
    private readonly Vcenter _vcenter;
    private (string Vm, double Share, Random Random)? _lost;
    private int _performanceQueries;

    internal SimulatorFaults(Vcenter vcenter) => _vcenter = vcenter;

    /// <summary>Every answer of /sdk as a server would give it whose version this simulator does not know.</summary>
    public Func<string, string>? Rewrite { get; set; }

    /// <summary>Limits /folder and leases to this many bytes per second over all requests; null = no limit.</summary>
    public long? ReadBytesPerSecond
    {
        get => Throttle.BytesPerSecond;
        set => Throttle.BytesPerSecond = value;
    }

    /// <summary>The datastore's I/O takes so long from the next interval of 20 s on, as its hosts' counters say; null for what its load makes of it.</summary>
    public void SlowDatastore(string name, double? milliseconds) =>
        _vcenter.All<Performance.PerformanceManager>().Single().TellLatency(DatastoreNamed(name).Uuid, milliseconds);

    /// <summary>The account lacks Global.Settings: advanced settings cannot be read.</summary>
    public bool HidesSettings { get; set; }

    /// <summary>QueryPerf calls that were answered or refused.</summary>
    public int PerformanceQueries => Volatile.Read(ref _performanceQueries);

    /// <summary>A VM that is being exported refuses a second export.</summary>
    public bool OneExportPerVm { get; set; }

    /// <summary>The manifests of exports tell checksums that are not those of what was sent.</summary>
    public bool WrongManifests { get; set; }

    /// <summary>How far vCenter's clock is ahead of this machine's; negative: behind.</summary>
    public TimeSpan ClockSkew { get; set; }

    internal ReadThrottle Throttle { get; } = new();

    internal LostAnswers LostAnswers { get; } = new();

    internal CutCounter FolderStalls { get; } = new();

    internal CutCounter FolderCuts { get; } = new();

    internal CutCounter LeaseCuts { get; } = new();

    /// <summary>Every session is forgotten: the next call answers NotAuthenticated, /folder answers 401.</summary>
    public void ExpireSessions() => _vcenter.Sessions.CloseAll();

    /// <summary>Every session is forgotten when <paramref name="method"/> is called the next time but <paramref name="skip"/>: in the middle of paging, say.</summary>
    public void ExpireSessionsAt(string method, int skip = 0) => Api.ExpireAt(method, skip);

    /// <summary>
    /// Every session is forgotten when properties are read the next time, which is answered as some servers do: with the objects, and
    /// NotAuthenticated in the place of each property.
    /// </summary>
    public void ExpireSessionsSilently(int times = 1) => Api.Empty(times);

    /// <summary>The VM is gone, as if somebody deleted it: ManagedObjectNotFound from now on.</summary>
    public void VanishVm(string name)
    {
        var vm = _vcenter.VmByName(name);
        vm.Folder.Remove(vm);
        _vcenter.Remove(vm.Ref);
    }

    /// <summary>Somebody changed the size of a disk in vSphere, which ends what its change tracking knew.</summary>
    public void ChangeCapacity(string vm, int diskIndex, long capacityBytes)
    {
        var machine = _vcenter.VmByName(vm);
        if (diskIndex < 0 || diskIndex >= machine.Disks.Count)
        {
            throw new ArgumentException($"'{vm}' has disks 0 to {machine.Disks.Count - 1}; there is no disk {diskIndex}.");
        }

        machine.Storage.Resize(machine.Disks[diskIndex], capacityBytes);
        machine.Touch();
    }

    /// <summary>
    /// The VM's host died: it is off, and its change tracking starts anew. With <paramref name="restartOn"/>, high availability starts it on that host.
    /// </summary>
    public void LosePower(string vm, string? restartOn = null)
    {
        var machine = _vcenter.VmByName(vm);
        machine.Storage.LosePower();
        if (restartOn is not null)
        {
            machine.MoveTo(Host(restartOn));
            machine.Change(state => state with { Power = "poweredOn" });
            machine.Storage.Stun();
        }
    }

    /// <summary>DRS moves the VM while it runs: what is being read of its disks breaks off. One that is off somebody relocates.</summary>
    public void MoveVm(string vm, string host)
    {
        var machine = _vcenter.VmByName(vm);
        _vcenter.Events.RecordMove(machine, machine.State.Power == "poweredOn" ? "DrsVmMigratedEvent" : "VmRelocatedEvent", _vcenter.Now, () => machine.MoveTo(Host(host)));
    }

    /// <summary>Storage vMotion: all of the VM's files lie on another datastore now, and its change tracking starts anew.</summary>
    public void RelocateVm(string vm, string datastore)
    {
        var machine = _vcenter.VmByName(vm);
        _vcenter.Events.RecordMove(machine, "VmMigratedEvent", _vcenter.Now, () => machine.RelocateTo(DatastoreNamed(datastore)));
    }

    /// <summary>Somebody else, a backup program for instance, takes a snapshot.</summary>
    public void TakeSnapshot(string vm, string name) => new VmSnapshots(_vcenter, _vcenter.VmByName(vm)).Add(new SnapshotKind(name));

    /// <summary>Somebody else removes the snapshot of that name, ours perhaps, and what was taken on it when told so.</summary>
    public Task RemoveSnapshotAsync(string vm, string name, bool andChildren = false) =>
        new VmSnapshots(_vcenter, _vcenter.VmByName(vm)).RemoveAsync(Snapshot(vm, name), andChildren, consolidate: true);

    /// <summary>Somebody else goes back to the snapshot of that name.</summary>
    public Task RevertAsync(string vm, string name) => new VmSnapshots(_vcenter, _vcenter.VmByName(vm)).RevertAsync(Snapshot(vm, name));

    /// <summary>Somebody switched the VM on, off or suspended it.</summary>
    public void SetPower(string vm, string powerState)
    {
        if (powerState is not ("poweredOn" or "poweredOff" or "suspended"))
        {
            throw new ArgumentException($"'{powerState}' is not poweredOn, poweredOff or suspended.", nameof(powerState));
        }

        _vcenter.VmByName(vm).Change(state => state with { Power = powerState });
    }

    /// <summary>The next <paramref name="times"/> disk reads of /folder are cut after <paramref name="afterBytes"/> bytes.</summary>
    public void CutFolderReads(long afterBytes, int times = 1) => FolderCuts.Arm(afterBytes, times);

    /// <summary>The next <paramref name="times"/> lease downloads are cut after <paramref name="afterBytes"/> bytes.</summary>
    public void CutLeaseReads(long afterBytes, int times = 1) => LeaseCuts.Arm(afterBytes, times);

    /// <summary>
    /// The next <paramref name="times"/> HTTP requests (any path but the control endpoint) answer <paramref name="status"/>, with
    /// <paramref name="retryAfter"/> (seconds or a date) if the server is to say how long it wants to be left alone.
    /// </summary>
    public void FailHttp(int times, int status = 503, string? retryAfter = null) => Api.Refuse(times, status, retryAfter);

    /// <summary>The connection dies after this many bytes of the answers to the next calls of the API, which are carried out.</summary>
    public void CutAnswers(long afterBytes, int times = 1) => Api.Cut(afterBytes, times);

    /// <summary>The same, but the connection stays open and nothing follows for ever.</summary>
    public void StallAnswers(long afterBytes, int times = 1) => Api.Stall(afterBytes, times);

    /// <summary>This share of the API's answers arrives spoilt: unknown types and values, pieces missing, doubled, nested without end, no XML.</summary>
    public void GarbleAnswers(double share, int seed) => Api.Garble(share, seed);

    /// <summary>Every call of the API takes this much longer.</summary>
    public TimeSpan CallDelay
    {
        get => Api.Delay;
        set => Api.Delay = value;
    }

    /// <summary>Calls of the API (not of disk data) that came in so far: methods of vim25, and paths of other services.</summary>
    public IReadOnlyDictionary<string, int> ApiCalls => Api.Calls;

    /// <summary>The most of them that were answered at once.</summary>
    public int MostApiCallsAtOnce => Api.MostAtOnce;

    /// <summary>The next <paramref name="times"/> disk reads of /folder send this many bytes, then nothing, and stay open.</summary>
    public void StallFolderReads(long afterBytes, int times = 1) => FolderStalls.Arm(afterBytes, times);

    /// <summary>The next <paramref name="times"/> answers to <paramref name="method"/>, which is carried out, never arrive.</summary>
    public void LoseAnswers(string method, int times = 1) => LostAnswers.Arm(method, times);

    /// <summary>A task ran on the VM at that time; <paramref name="descriptionId"/> is e.g. VirtualMachine.createSnapshot.</summary>
    public void RecordTask(string vm, string descriptionId, DateTime at) => _vcenter.Events.RecordTask(_vcenter.VmByName(vm), descriptionId, at);

    /// <summary>Somebody edited the VM's notes.</summary>
    public void Reconfigure(string vm) => _vcenter.VmByName(vm).Reconfigure(x => x with { Annotation = x.Annotation + "." });

    /// <summary>The server no longer knows of any event: it was set up anew, or keeps them for a short time only.</summary>
    public void ForgetEvents() => _vcenter.Events.Forget();

    /// <summary>The VM moved: VmMigratedEvent, DrsVmMigratedEvent or VmRelocatedEvent.</summary>
    public void RecordMove(string vm, string eventType, DateTime at) => _vcenter.Events.RecordMove(_vcenter.VmByName(vm), eventType, at);

    /// <summary>Every open lease goes to state error.</summary>
    public void DropLeases() => _vcenter.Leases.DropAll("The lease was dropped by the host.");

    /// <summary>The next tasks that <paramref name="method"/> ("CreateSnapshot_Task") starts end in this fault.</summary>
    public void FailTasks(string method, string fault, string message, int times = 1)
    {
        var value = new DataObject(fault);
        if (value.Type.Is("FileFault"))
        {
            value["file"] = "[ds1] vm/vm-000001.vmdk";
        }

        TaskFailures.Arm(method, value, message, times);
    }

    /// <summary>The next snapshots that want a quiet guest fail: its VSS or freeze scripts did not answer.</summary>
    public void FailQuiesce(int times = 1) => QuiesceFailures.Arm(0, times);

    /// <summary>The next removals of snapshots leave their deltas behind, and the VM needs consolidation.</summary>
    public void LeaveConsolidation(int times = 1) => ConsolidationsLeft.Arm(0, times);

    /// <summary>Change tracking of every disk of the VM starts anew: older change ids mean nothing any more.</summary>
    public void ResetChangeTracking(string vm) => Tracked(vm, tracking => tracking.Reset());

    /// <summary>Queries about the VM's disks end in a file error until tracking is switched off and on again.</summary>
    public void BreakChangeTracking(string vm) => Tracked(vm, tracking => tracking.Break());

    /// <summary>Change tracking of the VM lies: this share of changed areas is left out of the answers.</summary>
    public void LoseChanges(string vm, double share, int seed) => _lost = share > 0 ? (vm, share, new Random(seed)) : null;

    /// <summary>The datastore has this much space left.</summary>
    public void SetFreeSpace(string datastore, long bytes)
    {
        DatastoreNamed(datastore).SetFree(bytes);
        _vcenter.Changes.Signal();
    }

    internal ApiFaults Api { get; } = new();

    internal TaskFailures TaskFailures { get; } = new();

    internal CutCounter QuiesceFailures { get; } = new();

    internal CutCounter ConsolidationsLeft { get; } = new();

    internal bool IsLostChange(string vm)
    {
        if (_lost is not { } lost || lost.Vm != vm)
        {
            return false;
        }

        lock (lost.Random)
        {
            return lost.Random.NextDouble() < lost.Share;
        }
    }

    private void Tracked(string vm, Action<DiskTracking> work)
    {
        foreach (var tracking in _vcenter.VmByName(vm).Disks.Select(d => d.Tracking).OfType<DiskTracking>())
        {
            work(tracking);
        }
    }

    internal void CountPerformanceQuery() => Interlocked.Increment(ref _performanceQueries);


    private Datastore DatastoreNamed(string name) =>
        _vcenter.All<Datastore>().FirstOrDefault(d => d.Name == name) ?? throw new ArgumentException($"The estate has no datastore {name}.");

    private HostSystem Host(string name) =>
        _vcenter.All<HostSystem>().FirstOrDefault(h => h.Name == name) ?? throw new ArgumentException($"The estate has no host {name}.");

    private SnapshotObject Snapshot(string vm, string name) =>
        _vcenter.VmByName(vm).State.Snapshots.FirstOrDefault(s => s.Name == name) ?? throw new ArgumentException($"'{vm}' has no snapshot '{name}'.");
}
