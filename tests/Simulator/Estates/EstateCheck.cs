namespace Migrate.Simulator.Estates;

/// <summary>Finds what a completed estate has wrong, all of it.</summary>
public static class EstateCheck
{
    private static readonly HashSet<string> DatastoreTypes = new(StringComparer.Ordinal) { "VMFS", "NFS", "NFS41", "vsan", "vsanD" };

    public static void Run(Estate estate, string baseDirectory)
    {
        var problems = new List<string>();
        var datacenters = Names("datacenter", estate.Datacenters.Select(d => d.Name));
        var clusters = Names("cluster", estate.Clusters.Select(c => c.Name));
        var hosts = Names("host", estate.Hosts.Select(h => h.Name));
        var datastores = Names("datastore", estate.Datastores.Select(d => d.Name));
        var vms = Names("VM", estate.Vms.Select(v => v.Name));
        var networks = estate.Networks.Select(n => n.Name).ToHashSet(StringComparer.Ordinal);

        foreach (var cluster in estate.Clusters)
        {
            Known(datacenters, cluster.Datacenter, $"cluster {cluster.Name}", "datacenter");
            Known(hosts, cluster.VsanState.Witness ?? hosts.FirstOrDefault(), $"vSAN of cluster {cluster.Name}", "witness");
            foreach (var rule in cluster.Rules)
            {
                foreach (var vm in rule.Vms)
                {
                    Known(vms, vm, $"rule {rule.Name}", "VM");
                }

                foreach (var host in rule.Hosts)
                {
                    Known(hosts, host, $"rule {rule.Name}", "host");
                }
            }
        }

        foreach (var host in estate.Hosts)
        {
            Known(clusters, host.Cluster, $"host {host.Name}", "cluster");
            var nics = host.Nics!.Select(n => n.Device).ToHashSet(StringComparer.Ordinal);
            foreach (var adapter in host.Adapters!.Where(a => a.Nic is not null))
            {
                Known(nics, adapter.Nic, $"adapter {adapter.Device} of host {host.Name}", "nic");
            }
        }

        foreach (var datastore in estate.Datastores)
        {
            Known(datacenters, datastore.Datacenter, $"datastore {datastore.Name}", "datacenter");
            Known(DatastoreTypes, datastore.Type, $"datastore {datastore.Name}", "type");
            foreach (var host in datastore.Hosts!)
            {
                Known(hosts, host, $"datastore {datastore.Name}", "host");
            }
        }

        foreach (var vm in estate.Vms)
        {
            Known(datacenters, vm.Datacenter, $"VM {vm.Name}", "datacenter");
            Known(hosts, vm.Host, $"VM {vm.Name}", "host");
            Known(datastores, vm.Datastore, $"VM {vm.Name}", "datastore");
            problems.AddRange(vm.Tags.Where(t => t.Split('/').Length != 2).Select(t => $"VM {vm.Name}: the tag {t} is not Category/Name"));
            problems.AddRange((vm.GuestDisks ?? []).SelectMany(g => g.Disks).Where(i => i < 0 || i >= vm.Disks.Count).Select(i => $"VM {vm.Name}: a guest disk lies on disk {i}, which it does not have"));
            foreach (var nic in vm.Nics!)
            {
                Known(networks, nic.Network, $"a NIC of VM {vm.Name}", "network");
            }

            foreach (var (disk, index) in vm.Disks.Select((d, i) => (d, i)))
            {
                Known(datastores, disk.Datastore ?? vm.Datastore, $"disk {index} of VM {vm.Name}", "datastore");
                if (disk.File is not null && !File.Exists(Path.Combine(baseDirectory, disk.File)))
                {
                    problems.Add($"disk {index} of VM {vm.Name}: there is no file {Path.GetFullPath(Path.Combine(baseDirectory, disk.File))}");
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new EstateException(problems);
        }

        HashSet<string> Names(string what, IEnumerable<string> names)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            problems.AddRange(names.Where(n => !seen.Add(n)).Distinct().Select(n => $"two {what}s are called {n}"));
            return seen;
        }

        void Known(HashSet<string> names, string? name, string who, string what)
        {
            if (name is null || !names.Contains(name))
            {
                problems.Add($"{who}: there is no {what} {name ?? "(none given)"}");
            }
        }
    }
}
