using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Migrate.Simulator.Certificates;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Events;
using Migrate.Simulator.Faults;
using Migrate.Simulator.Guests;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Leases;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Tasks;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Inventory;

/// <summary>All managed objects of the simulated vCenter, by id.</summary>
public sealed class Vcenter
{
    private readonly ConcurrentDictionary<string, ManagedObject> _objects = new(StringComparer.Ordinal);
    private ILookup<HostSystem, VirtualMachine>? _vmsByHost;
    private int _lastId;

    public Vcenter(Estate estate, SimulatorOptions options, X509Certificate2 certificate)
    {
        CertificateThumbprint = string.Join(':', certificate.GetCertHashString().Chunk(2).Select(pair => new string(pair)));
        CertificateSha256 = SelfSigned.Thumbprint(certificate);
        Estate = estate;
        Api = ApiVersion.Parse(estate.ApiVersion);
        Options = options;
        Sessions = new SessionTable(options, estate.Users);
        Tasks = new TaskRunner(this);
        Leases = new LeaseTable(this);
        Faults = new SimulatorFaults(this);
        Guests = new GuestWrites(this);
        Events = new EventManager(this);
    }

    public Estate Estate { get; }

    /// <summary>The version of vim25 that it is; nothing newer is ever sent.</summary>
    public ApiVersion Api { get; }

    public SimulatorOptions Options { get; }

    public SessionTable Sessions { get; }

    public TaskRunner Tasks { get; }

    public LeaseTable Leases { get; }

    /// <summary>LUNs that VMs map raw.</summary>
    public List<RawDevice> RawDevices { get; } = [];

    public SimulatorFaults Faults { get; }

    public GuestWrites Guests { get; }

    public EventManager Events { get; }

    /// <summary>SHA-1, as vSphere writes it in sslThumbprint.</summary>
    public string CertificateThumbprint { get; }

    public string CertificateSha256 { get; }

    /// <summary>The port that it really listens on.</summary>
    public int Port { get; set; }

    public string PortSuffix => Port == 443 ? "" : $":{Port}";

    public ChangeSignal Changes { get; } = new();

    /// <summary>By its own clock, which need not be right.</summary>
    public DateTime Now => Options.Time.GetUtcNow().UtcDateTime + Faults.ClockSkew;

    /// <summary>Ids of what comes and goes. They start high, clear of the ids that the builder gives.</summary>
    public string NewId(string prefix) => $"{prefix}-{1_000_000 + Interlocked.Increment(ref _lastId)}";

    public T Add<T>(T managed)
        where T : ManagedObject
    {
        if (!_objects.TryAdd(managed.Ref.Id, managed))
        {
            throw new InvalidOperationException($"There is already an object {managed.Ref.Id}.");
        }

        if (managed is VirtualMachine)
        {
            Volatile.Write(ref _vmsByHost, null);
        }

        return managed;
    }

    public void Remove(MoRef reference)
    {
        _objects.TryRemove(reference.Id, out _);
        Volatile.Write(ref _vmsByHost, null);
        Changes.Signal();
    }

    /// <summary>A VM runs on another host now.</summary>
    public void ForgetHosts() => Volatile.Write(ref _vmsByHost, null);

    public ManagedObject? Find(MoRef reference) =>
        _objects.TryGetValue(reference.Id, out var found) && found.Type.Is(reference.Type) ? found : null;

    public T Get<T>(string id)
        where T : ManagedObject => (T)_objects[id];

    public IEnumerable<T> All<T>()
        where T : ManagedObject => _objects.Values.OfType<T>();

    public VirtualMachine VmByName(string name) =>
        All<VirtualMachine>().FirstOrDefault(v => v.Name == name) ?? throw new ArgumentException($"The estate has no VM {name}.", nameof(name));

    /// <summary>Kept until a VM comes or goes: asking every host for its VMs must not walk all objects each time.</summary>
    public IEnumerable<VirtualMachine> VmsOf(HostSystem host)
    {
        var lookup = Volatile.Read(ref _vmsByHost);
        if (lookup is null)
        {
            lookup = All<VirtualMachine>().OrderBy(v => v.Ref.Id, StringComparer.Ordinal).ToLookup(v => v.Host);
            Volatile.Write(ref _vmsByHost, lookup);
        }

        return lookup[host];
    }

    /// <summary>A UUID that is the same in every run of the same estate.</summary>
    public Guid StableUuid(string about) => StableBytes.Uuid($"{Estate.Seed}/{about}");
}
