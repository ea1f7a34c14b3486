using System.Security.Cryptography;
using Migrate.Simulator.Disks;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Leases;

/// <summary>An export: initializing, ready while its client reports progress, then done or error.</summary>
public sealed class HttpNfcLease : ManagedObject
{
    private readonly Vcenter _vcenter;
    private readonly Lock _lock = new();
    private string _state = "initializing";
    private int _progress;
    private DateTime _lastProgress;
    private DataObject? _error;

    private readonly Dictionary<int, SentFile> _manifest = [];

    public HttpNfcLease(Vcenter vcenter, string id, VirtualMachine vm, SnapshotObject? snapshot)
        : base("HttpNfcLease", id)
    {
        _vcenter = vcenter;
        Snapshot = snapshot;
        Vm = vm;
        _lastProgress = vcenter.Now;
        Disks = [.. vm.Disks.Where(d => !d.IsRdm && (snapshot is null || d.TakesSnapshots))];
    }

    public VirtualMachine Vm { get; }

    /// <summary>Null when a VM that is off is exported.</summary>
    public SnapshotObject? Snapshot { get; }

    /// <summary>What is exported: raw device mappings stay behind.</summary>
    public IReadOnlyList<VmDisk> Disks { get; }

    /// <summary>The bytes that are exported: a snapshot's are those of its moment.</summary>
    public DiskContent ContentOf(VmDisk disk) => Snapshot?.LayerOf(disk) is { } layer ? disk.Chain.At(layer) : disk.Content;

    /// <summary>Names the lease in download URLs; nobody can guess it.</summary>
    public string DownloadId { get; } = "52" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(15));

    /// <summary>Not completed, aborted or failed.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_lock)
            {
                return _state is "initializing" or "ready";
            }
        }
    }

    public bool IsReady
    {
        get
        {
            lock (_lock)
            {
                return _state == "ready";
            }
        }
    }

    /// <summary>Becomes ready after the usual delay, then watches that progress keeps coming.</summary>
    public async Task RunAsync()
    {
        var time = _vcenter.Options.Time;
        await Task.Delay(_vcenter.Options.TaskDuration, time);
        Change("ready", from: "initializing");
        var timeout = _vcenter.Options.LeaseTimeout;
        while (IsReady)
        {
            await Task.Delay(TimeSpan.FromTicks(Math.Max(timeout.Ticks / 10, TimeSpan.TicksPerMillisecond)), time);
            if (_vcenter.Now - LastProgress > timeout)
            {
                Fail("The lease timed out: no progress was reported in time.");
            }
        }
    }

    /// <summary>A disk was downloaded to its end: its place in the manifest.</summary>
    internal void NoteSent(int index, SentFile file)
    {
        lock (_lock)
        {
            _manifest[index] = file;
        }
    }

    public void Fail(string reason)
    {
        lock (_lock)
        {
            _error = new VimFaultException(new DataObject("Timedout"), reason).Localized();
        }

        Change("error", from: null);
    }

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        switch (call.Method)
        {
            case "HttpNfcLeaseProgress":
                RequireReady();
                lock (_lock)
                {
                    _progress = call.Number("percent") ?? 0;
                    _lastProgress = _vcenter.Now;
                }

                return Task.FromResult(Reply.Void);
            case "HttpNfcLeaseGetManifest":
                RequireReady();
                lock (_lock)
                {
                    return Task.FromResult(new Reply(_manifest.OrderBy(e => e.Key).Select(e => Entry(e.Key, e.Value)).ToList(), "HttpNfcLeaseManifestEntry"));
                }

            case "HttpNfcLeaseComplete":
                RequireReady();
                Change("done", from: "ready");
                return Task.FromResult(Reply.Void);
            case "HttpNfcLeaseAbort":
                lock (_lock)
                {
                    _error = new VimFaultException(new DataObject("RequestCanceled"), "The lease was aborted by its client.").Localized();
                }

                Change("error", from: null);
                return Task.FromResult(Reply.Void);
            default:
                return base.InvokeAsync(call, cancellationToken);
        }
    }

    protected override object? Property(string name)
    {
        lock (_lock)
        {
            return name switch
            {
                "initializeProgress" => _state == "initializing" ? 50 : 100,
                "transferProgress" => _progress,
                "mode" => "pushOrGet",
                "capabilities" => DataObject.Of("HttpNfcLeaseCapabilities", ("pullModeSupported", false), ("corsSupported", false)),
                "info" => _state == "ready" ? Info() : null,
                "state" => _state,
                "error" => _error,
                _ => null,
            };
        }
    }

    private DateTime LastProgress
    {
        get
        {
            lock (_lock)
            {
                return _lastProgress;
            }
        }
    }

    private void RequireReady()
    {
        if (!IsReady)
        {
            throw new VimFaultException(new DataObject("InvalidState"), "The operation is not allowed in the current state of the lease.");
        }
    }

    private void Change(string state, string? from)
    {
        lock (_lock)
        {
            // What has ended stays ended.
            if (_state is "done" or "error" || (from is not null && _state != from))
            {
                return;
            }

            _state = state;
            _lastProgress = _vcenter.Now;
        }

        _vcenter.Changes.Signal();
    }

    private DataObject Info() => DataObject.Of(
        "HttpNfcLeaseInfo",
        ("lease", Ref),
        ("entity", Vm.Ref),
        ("deviceUrl", Disks.Select(Url).ToList()),
        ("totalDiskCapacityInKB", Disks.Sum(d => d.CapacityBytes) >> 10),
        ("leaseTimeout", (int)Math.Ceiling(_vcenter.Options.LeaseTimeout.TotalSeconds)));

    /// <summary>The host is "*": clients put the server's name in its place.</summary>
    private DataObject Url(VmDisk disk, int index) => DataObject.Of(
        "HttpNfcLeaseDeviceUrl",
        ("key", $"/{Vm.Ref.Id}/{ControllerType(disk)}:{disk.Unit}"),
        ("importKey", $"/{Vm.Name}/{ControllerType(disk)}:{disk.Unit}"),
        ("url", $"https://*{_vcenter.PortSuffix}/nfc/{DownloadId}/disk-{index}.vmdk"),
        ("sslThumbprint", _vcenter.CertificateThumbprint),
        ("disk", true),
        ("targetId", $"disk-{index}.vmdk"),
        ("datastoreKey", $"{disk.Datastore.Url}"),
        ("fileSize", VmFiles.Committed([disk])));

    private DataObject Entry(int index, SentFile file)
    {
        var checksum = _vcenter.Faults.WrongManifests ? new string('0', 64) : file.Sha256;
        return DataObject.Of("HttpNfcLeaseManifestEntry",
            ("key", $"/{Vm.Ref.Id}/{ControllerType(Disks[index])}:{Disks[index].Unit}"),
            ("sha1", file.Sha1),
            ("checksum", checksum),
            ("checksumType", "sha256"),
            ("size", file.Bytes),
            ("disk", true),
            ("capacity", Disks[index].CapacityBytes),
            ("populatedSize", file.Bytes));
    }

    private static string ControllerType(VmDisk disk) => disk.Source.Controller switch
    {
        Estates.EstateControllerKind.Pvscsi => $"ParaVirtualSCSIController{disk.Bus}",
        Estates.EstateControllerKind.LsiLogic => $"VirtualLsiLogicController{disk.Bus}",
        Estates.EstateControllerKind.LsiLogicSas => $"VirtualLsiLogicSASController{disk.Bus}",
        Estates.EstateControllerKind.BusLogic => $"VirtualBusLogicController{disk.Bus}",
        Estates.EstateControllerKind.Ahci => $"VirtualAHCIController{disk.Bus}",
        Estates.EstateControllerKind.Nvme => $"VirtualNVMEController{disk.Bus}",
        _ => $"VirtualIDEController{disk.Bus}",
    };
}

/// <summary>What was sent for a disk: bytes of the stream and their digests in lower-case hex.</summary>
internal sealed record SentFile(long Bytes, string Sha1, string Sha256);
