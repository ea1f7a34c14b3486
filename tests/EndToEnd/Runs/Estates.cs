using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Planner.Plans;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>Estates with one or two small VMs, whose names no other test uses: libvirtd is shared.</summary>
internal static class Estates
{
    public const string Vmfs = "iser-ds";
    public const string Vsan = "vsanDatastore";
    public const string Marker = "MIGRATE-GUEST-UP";

    /// <summary>Not a multiple of the extent's size.</summary>
    public const long PlainBytes = (9L << 20) + 4096;

    public static Estate Of(params EstateVm[] vms) => new()
    {
        Clusters = [new EstateCluster { Name = "cluster1", Vsan = true }],
        Hosts = [new EstateHost { Name = "esx01.example", Cluster = "cluster1" }],
        Datastores = [new EstateDatastore { Name = Vmfs }, new EstateDatastore { Name = Vsan, Type = "vsan" }],
        Vms = vms,
    };

    public static EstateVm Vm(string diskFile, string datastore = Vmfs, EstatePower power = EstatePower.Off) => new()
    {
        Name = Guests.NewName(),
        Datastore = datastore,
        Power = power,
        Memory = 256L << 20,
        Disks = [new EstateDisk { File = diskFile }],
    };

    public static PlanPolicy Policy(EstateVm? boots = null, bool shutDown = false) => new()
    {
        Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("user", "") },
        ExpectConsole = boots is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [boots.Name] = Marker },
        ShutDownSource = shutDown,
        BootTimeoutSeconds = 300,
        AgentWaitSeconds = 0, // Most guests have none.
        ObserveSeconds = boots is null ? 1 : 15,
    };

    /// <summary>A disk that nothing boots from: random and zero extents in turn.</summary>
    public static async Task<string> PlainDiskAsync(string directory, long bytes = PlainBytes)
    {
        var path = Path.Combine(directory, $"{Guid.NewGuid():N}.raw");
        await using var file = File.Create(path);
        file.SetLength(bytes);
        var extent = new byte[1 << 20];
        for (var index = 0; index * extent.Length < bytes; index += 2)
        {
            Random.Shared.NextBytes(extent);
            file.Position = (long)index * extent.Length;
            await file.WriteAsync(extent.AsMemory(0, (int)Math.Min(extent.Length, bytes - file.Position)));
        }

        return path;
    }
}
