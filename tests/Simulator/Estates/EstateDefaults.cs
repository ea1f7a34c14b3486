namespace Migrate.Simulator.Estates;

/// <summary>Fills in what an estate leaves out, so that everything behind it is named.</summary>
public static class EstateDefaults
{
    public static Estate Complete(Estate estate)
    {
        var datacenters = estate.Datacenters.Count > 0 ? estate.Datacenters : [new EstateDatacenter { Name = "DC1" }];
        var dc = datacenters[0].Name;
        var datastores = estate.Datastores.Count > 0 ? estate.Datastores : [new EstateDatastore { Name = "iser-ds1" }];
        IReadOnlyList<EstateCluster> clusters = estate.Clusters.Count > 0
            ? [.. estate.Clusters.Select(c => c with { Datacenter = c.Datacenter ?? dc })]
            : [new EstateCluster { Name = "Cluster1", Datacenter = dc, Vsan = datastores.Any(IsVsan) }];
        IReadOnlyList<EstateHost> hosts = estate.Hosts.Count > 0
            ? estate.Hosts
            : [new EstateHost { Name = "esx01.example" }, new EstateHost { Name = "esx02.example" }];
        hosts = [.. hosts.Select(h => h with { Cluster = h.Cluster ?? clusters[0].Name })];
        datastores = [.. datastores.Select(d => Complete(d, dc, clusters, hosts))];
        hosts = [.. hosts.Select(h => Complete(h, datastores))];
        IReadOnlyList<EstateNetwork> networks = estate.Networks.Count > 0
            ? [.. estate.Networks.Select(n => n with { Datacenter = n.Datacenter ?? dc })]
            : [.. datacenters.Select(d => new EstateNetwork { Name = "VM Network", Datacenter = d.Name })];
        var completed = estate with { Datacenters = datacenters, Clusters = clusters, Hosts = hosts, Datastores = datastores, Networks = networks };
        return completed with { Vms = Vms(completed) };
    }

    public static bool IsVsan(EstateDatastore datastore) => datastore.Type.StartsWith("vsan", StringComparison.OrdinalIgnoreCase);

    private static EstateDatastore Complete(EstateDatastore datastore, string dc, IReadOnlyList<EstateCluster> clusters, IReadOnlyList<EstateHost> hosts)
    {
        var datacenter = datastore.Datacenter ?? dc;
        var mounting = clusters.Where(c => c.Datacenter == datacenter && (!IsVsan(datastore) || c.Vsan)).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        return datastore with
        {
            Datacenter = datacenter,
            Hosts = datastore.Hosts ?? [.. hosts.Where(h => mounting.Contains(h.Cluster!)).Select(h => h.Name)],
            Lun = datastore.Type == "VMFS" ? datastore.Lun ?? new EstateLun() : datastore.Lun,
            Remote = datastore.Type.StartsWith("NFS", StringComparison.Ordinal) ? datastore.Remote ?? "nas.example:/volume1" : datastore.Remote,
        };
    }

    private static EstateHost Complete(EstateHost host, IReadOnlyList<EstateDatastore> datastores)
    {
        var kinds = datastores.Where(d => d.Lun is not null && d.Hosts!.Contains(host.Name)).Select(d => d.Lun!.Adapter).Append(EstateAdapterKind.Local).ToHashSet();
        if (datastores.Any(d => IsVsan(d) && d.Hosts!.Contains(host.Name)))
        {
            kinds.Add(EstateAdapterKind.NvmePcie);
        }

        var rdma = kinds.Contains(EstateAdapterKind.Iser);
        return host with
        {
            Nics = host.Nics ??
            [
                new EstateNic { Device = "vmnic0", Rdma = rdma ? "vmrdma0" : null },
                new EstateNic { Device = "vmnic1", Rdma = rdma ? "vmrdma1" : null },
                // Uplinks of iSER have switches of their own: management and guests need another.
                .. rdma ? [new EstateNic { Device = "vmnic2", Driver = "ixgben", SpeedMbps = 10000 }] : (EstateNic[])[],
            ],
            Adapters = host.Adapters ?? [.. kinds.Order().SelectMany(Adapters)],
        };
    }

    /// <summary>Device names as ESXi gives them: on-board controllers low, software and RDMA adapters from 64 up.</summary>
    private static IEnumerable<EstateAdapter> Adapters(EstateAdapterKind kind) => kind switch
    {
        EstateAdapterKind.Local => [new EstateAdapter { Device = "vmhba0", Kind = kind }],
        EstateAdapterKind.NvmePcie => [new EstateAdapter { Device = "vmhba1", Kind = kind }],
        EstateAdapterKind.FibreChannel => [new EstateAdapter { Device = "vmhba2", Kind = kind }, new EstateAdapter { Device = "vmhba3", Kind = kind }],
        EstateAdapterKind.SoftwareIscsi => [new EstateAdapter { Device = "vmhba64", Kind = kind }],
        EstateAdapterKind.Iser => [new EstateAdapter { Device = "vmhba66", Kind = kind, Nic = "vmnic0" }, new EstateAdapter { Device = "vmhba67", Kind = kind, Nic = "vmnic1" }],
        _ => [new EstateAdapter { Device = "vmhba68", Kind = kind, Nic = "vmnic0" }],
    };

    private static IReadOnlyList<EstateVm> Vms(Estate estate)
    {
        var clusterDatacenter = estate.Clusters.GroupBy(c => c.Name).ToDictionary(g => g.Key, g => g.First().Datacenter, StringComparer.Ordinal);
        var hostDatacenter = estate.Hosts.GroupBy(h => h.Name).ToDictionary(g => g.Key, g => clusterDatacenter.GetValueOrDefault(g.First().Cluster!), StringComparer.Ordinal);
        var datastores = estate.Datastores.GroupBy(d => d.Name).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var networks = estate.Networks.GroupBy(n => n.Datacenter!).ToDictionary(g => g.Key, g => g.First().Name, StringComparer.Ordinal);
        return [.. estate.Vms.Select(Complete)];

        EstateVm Complete(EstateVm vm, int index)
        {
            var named = vm.Datastore ?? vm.Disks.FirstOrDefault(d => d.Datastore is not null)?.Datastore;
            var datastore = named is not null ? datastores.GetValueOrDefault(named) : null;
            var datacenter = vm.Datacenter ?? datastore?.Datacenter ?? (vm.Host is null ? null : hostDatacenter.GetValueOrDefault(vm.Host)) ?? estate.Datacenters[0].Name;
            datastore ??= estate.Datastores.FirstOrDefault(d => d.Datacenter == datacenter) ?? estate.Datastores[0];
            var mounting = datastore.Hosts!.Count > 0 ? datastore.Hosts : [estate.Hosts[0].Name];
            return vm with
            {
                Datacenter = datacenter,
                Datastore = named ?? datastore.Name,
                Host = vm.Host ?? mounting[index % mounting.Count],
                Nics = [.. (vm.Nics ?? [new EstateVmNic()]).Select(nic => nic with { Network = nic.Network ?? networks.GetValueOrDefault(datacenter) })],
            };
        }
    }
}
