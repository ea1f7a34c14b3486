using System.Globalization;

namespace Migrate.Simulator.Estates;

/// <summary>Makes estates of any size, the same for the same seed. Their disks have synthetic content.</summary>
public static class EstateGenerator
{
    private const int HostsPerCluster = 16;
    private static readonly string[] Roles = ["web", "app", "db", "mq", "cache", "file", "ci", "vdi"];
    private static readonly (string Id, string Name)[] Guests =
    [
        ("debian12_64Guest", "Debian GNU/Linux 12 (64-bit)"),
        ("rhel9_64Guest", "Red Hat Enterprise Linux 9 (64-bit)"),
        ("windows2019srvNext_64Guest", "Microsoft Windows Server 2022 (64-bit)"),
        ("ubuntu64Guest", "Ubuntu Linux (64-bit)"),
    ];

    public static Estate Generate(int vms, int hosts, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(vms);
        ArgumentOutOfRangeException.ThrowIfLessThan(hosts, 1);
        var random = new Random(seed);
        var clusterCount = (hosts + HostsPerCluster - 1) / HostsPerCluster;
        var datacenterCount = Math.Max(1, clusterCount / 4);
        var clusters = Enumerable.Range(0, clusterCount).Select(i => new EstateCluster
        {
            Name = Number("cluster", i),
            Datacenter = Number("DC", i % datacenterCount),
            Vsan = i % 2 == 1,
        }).ToList();
        var allHosts = Enumerable.Range(0, hosts).Select(i => new EstateHost { Name = Number("esx", i, 3) + ".example", Cluster = clusters[i / HostsPerCluster].Name }).ToList();
        var datastores = clusters.SelectMany(cluster => Datastores(cluster, allHosts)).ToList();
        var byCluster = clusters.ToDictionary(c => c.Name, c => datastores.Where(d => d.Name.StartsWith(c.Name, StringComparison.Ordinal)).ToList(), StringComparer.Ordinal);
        var networks = Enumerable.Range(0, datacenterCount).SelectMany(i => Networks(Number("DC", i))).ToList();
        var networksOf = networks.ToLookup(n => n.Datacenter);
        return new Estate
        {
            Seed = seed,
            Datacenters = [.. Enumerable.Range(0, datacenterCount).Select(i => new EstateDatacenter { Name = Number("DC", i) })],
            Clusters = clusters,
            Hosts = allHosts,
            Datastores = datastores,
            Networks = networks,
            Vms = [.. Enumerable.Range(0, vms).Select(Vm)],
        };

        EstateVm Vm(int index)
        {
            var host = allHosts[index % hosts];
            var cluster = clusters[index % hosts / HostsPerCluster];
            var role = Roles[random.Next(Roles.Length)];
            var guest = Guests[random.Next(Guests.Length)];
            var own = byCluster[cluster.Name];
            var nets = networksOf[cluster.Datacenter].ToList();
            return new EstateVm
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"{role}-{index:D5}"),
                Folder = role,
                Datacenter = cluster.Datacenter,
                Host = host.Name,
                Datastore = own[random.Next(own.Count)].Name,
                Power = random.Next(10) < 8 ? EstatePower.On : EstatePower.Off,
                GuestId = guest.Id,
                GuestName = guest.Name,
                Ips = [string.Create(CultureInfo.InvariantCulture, $"10.{100 + index / 65536}.{index / 256 % 256}.{index % 256}")],
                Firmware = random.Next(2) == 0 ? "bios" : "efi",
                Cpus = 1 << random.Next(5),
                Memory = (2L << 30) << random.Next(5),
                Cbt = random.Next(10) < 7,
                Snapshots = random.Next(20) == 0 ? ["before-update"] : [],
                Disks = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(i => new EstateDisk
                {
                    Capacity = (20L + 20 * random.Next(10)) << 30,
                    Controller = random.Next(10) switch { 0 => EstateControllerKind.LsiLogicSas, 1 => EstateControllerKind.Nvme, _ => EstateControllerKind.Pvscsi },
                    Mode = random.Next(50) == 0 ? "independent_persistent" : "persistent",
                    MultiWriter = random.Next(200) == 0,
                })],
                Nics = [new EstateVmNic { Network = nets[random.Next(nets.Count)].Name }],
                Devices = new EstateDevices { Cdrom = random.Next(3) == 0, Tpm = random.Next(40) == 0, Usb = random.Next(60) == 0 },
                Load = new EstateLoad { WriteLatencyUs = 120 + random.Next(400), ReadLatencyUs = 100 + random.Next(300), ReadIops = random.Next(2000), WriteIops = random.Next(1000) },
            };
        }
    }

    private static IEnumerable<EstateDatastore> Datastores(EstateCluster cluster, List<EstateHost> hosts)
    {
        IReadOnlyList<string> mounting = [.. hosts.Where(h => h.Cluster == cluster.Name).Select(h => h.Name)];
        for (var i = 0; i < 4; i++)
        {
            yield return new EstateDatastore
            {
                Name = $"{cluster.Name}-iser-{i:D2}",
                Datacenter = cluster.Datacenter,
                Hosts = mounting,
                Lun = new EstateLun { Paths = 4, Adapter = i < 3 ? EstateAdapterKind.Iser : EstateAdapterKind.SoftwareIscsi },
            };
        }

        yield return new EstateDatastore { Name = $"{cluster.Name}-nfs", Type = "NFS41", Datacenter = cluster.Datacenter, Hosts = mounting };
        if (cluster.Vsan)
        {
            yield return new EstateDatastore { Name = $"{cluster.Name}-vsan", Type = "vsan", Datacenter = cluster.Datacenter, Hosts = mounting };
        }
    }

    private static IEnumerable<EstateNetwork> Networks(string datacenter)
    {
        yield return new EstateNetwork { Name = $"{datacenter}-management", Datacenter = datacenter };
        for (var vlan = 110; vlan < 150; vlan += 10)
        {
            yield return new EstateNetwork { Name = $"{datacenter}-vlan-{vlan}", Datacenter = datacenter, Switch = $"{datacenter}-dvs", Vlan = vlan };
        }
    }

    private static string Number(string name, int index, int digits = 2) => name + index.ToString("D" + digits, CultureInfo.InvariantCulture);
}
