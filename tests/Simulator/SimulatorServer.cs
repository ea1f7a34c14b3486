using System.Net;
using Migrate.Simulator.Certificates;
using Migrate.Simulator.Changes;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Faults;
using Migrate.Simulator.Guests;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator;

/// <summary>A running simulated vCenter.</summary>
public sealed class SimulatorServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Vcenter _vcenter;

    private SimulatorServer(WebApplication app, Vcenter vcenter, Uri url)
    {
        _app = app;
        _vcenter = vcenter;
        Url = url;
        Faults = vcenter.Faults;
    }

    /// <summary>https://127.0.0.1:port</summary>
    public Uri Url { get; }

    /// <summary>SHA-256 of the certificate, colon-separated upper-case hex.</summary>
    public string Thumbprint => _vcenter.CertificateSha256;

    public string UserName => _vcenter.Options.UserName;

    public string Password => _vcenter.Options.Password;

    public SimulatorFaults Faults { get; }

    /// <summary>What guests write to their disks.</summary>
    public GuestWrites Guests => _vcenter.Guests;

    /// <summary>What people and DRS do to the estate meanwhile.</summary>
    public EstateChanges Changes => new(_vcenter);

    /// <summary>Bytes of disks that clients were sent, over all their attempts.</summary>
    public long DiskBytesSent => Faults.Throttle.Passed;

    /// <summary>Sessions that are logged in, of all services.</summary>
    public int OpenSessions => _vcenter.Sessions.All.Count();

    /// <summary>Property collectors and views that clients made and have not destroyed.</summary>
    public int Watches => _vcenter.All<ManagedObject>().Count(o => o.Ref.Type is "PropertyCollector" or "ContainerView" && o.Ref.Id.StartsWith("session[", StringComparison.Ordinal));

    internal Vcenter Vcenter => _vcenter;

    /// <summary>poweredOn, poweredOff or suspended.</summary>
    public string PowerStateOf(string vmName) => _vcenter.VmByName(vmName).State.Power;

    /// <summary>The bytes of a disk as they are now: what a copy has to equal in the end.</summary>
    public ValueTask ReadDiskAsync(string vmName, int disk, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        _vcenter.VmByName(vmName).Disks[disk].Content.ReadAsync(offset, buffer, cancellationToken);

    /// <summary>Names of the VM's snapshots, oldest first.</summary>
    public IReadOnlyList<string> SnapshotsOf(string vmName) => [.. _vcenter.VmByName(vmName).State.Snapshots.Select(s => s.Name)];

    /// <summary>How many delta files a disk of the VM has; 0 after everything was consolidated.</summary>
    public int DeltasOf(string vmName, int disk) => _vcenter.VmByName(vmName).Disks[disk].Chain.All.Count - 1;

    /// <summary>The bytes of a disk as the snapshot of that name froze them.</summary>
    public ValueTask ReadSnapshotAsync(string vmName, string snapshot, int disk, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var vm = _vcenter.VmByName(vmName);
        var layer = vm.State.Snapshots.FirstOrDefault(s => s.Name == snapshot)?.LayerOf(vm.Disks[disk]) ?? throw new ArgumentException($"'{vmName}' has no snapshot '{snapshot}'.");
        return vm.Disks[disk].Chain.At(layer).ReadAsync(0, buffer, cancellationToken);
    }

    /// <summary>How often the VM has been stunned.</summary>
    public int StunsOf(string vmName) => _vcenter.VmByName(vmName).Storage.Stuns;

    public bool ChangeTrackingOf(string vmName) => _vcenter.VmByName(vmName).State.ChangeTracking;

    /// <summary>The VM's notes, and for each of its cards whether it is connected at power-on.</summary>
    public (string Annotation, IReadOnlyList<bool> Nics) LinksOf(string vmName) =>
        _vcenter.VmByName(vmName).Source is var vm ? (vm.Annotation, [.. vm.Nics!.Select(x => x.Connected)]) : default;

    public static async Task<SimulatorServer> StartAsync(Estate estate, SimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SimulatorOptions();
        var baseDirectory = Path.GetFullPath(options.BaseDirectory ?? ".");
        var completed = EstateDefaults.Complete(estate);
        EstateCheck.Run(completed, baseDirectory);
        var now = options.Time.GetUtcNow();
        var certificate = options.StateDirectory is null ? SelfSigned.Create(now) : SelfSigned.LoadOrCreate(options.StateDirectory, now);
        var vcenter = new Vcenter(completed, options, certificate);
        new VcenterBuilder(vcenter, baseDirectory).Build();

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true)
            .SetMinimumLevel(options.Verbose ? LogLevel.Debug : LogLevel.Warning)
            .AddFilter("Microsoft", LogLevel.Warning);

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestBodySize = 16 << 20;
            kestrel.Listen(options.Listen, options.Port, listen => listen.UseHttps(certificate));
        });
        builder.Services.AddSingleton(vcenter).AddSingleton<SoapEndpoint>();
        var app = builder.Build();
        Routes.Map(app, vcenter);
        await app.StartAsync(cancellationToken);
        var port = new Uri(app.Urls.First()).Port;
        vcenter.Port = port;
        var host = options.Listen.Equals(IPAddress.Any) || options.Listen.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : options.Listen;
        return new SimulatorServer(app, vcenter, new UriBuilder("https", host.ToString(), port).Uri);
    }

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        foreach (var content in _vcenter.All<VirtualMachine>().SelectMany(v => v.Disks).Select(d => d.Chain.Original).OfType<IDisposable>())
        {
            content.Dispose();
        }
    }
}
