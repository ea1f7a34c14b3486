using System.CommandLine;
using Migrate.Api.Inventory;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Cli;

internal static class InventoryCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun(
        "inventory", "what was seen on the sources", Sync(cli), Vms(cli), Show(cli), Hosts(cli), Datastores(cli), PlaceCommands.Clusters(cli), PlaceCommands.Networks(cli), StorageCommands.Topology(cli), StorageCommands.Iser(cli), Versions(cli), Diff(cli));

    internal static Option<string?> SourceOption() => new("--source") { Description = "name of the source; may be left out when there is only one, or only one has the VM that is named", HelpName = "NAME" };

    private static Command Sync(CommandSet cli)
    {
        var name = new Argument<string>("SOURCE");
        return cli.Verb(
            "sync",
            "Reads a source's inventory into a new version and tells what changed.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var version = await invocation.Api.PostAsync<InventoryVersionView>($"sources/{Uri.EscapeDataString(invocation.Get(name))}/sync", null, cancellationToken);
                invocation.Print(version, output =>
                {
                    output.WriteLine($"Version {version.Number} of {invocation.Get(name)} ({version.About}): {Text.Count(version.VmCount, "VM")}, {Text.Count(version.HostCount, "host")}, {Text.Count(version.DatastoreCount, "datastore")}.");
                    output.WriteLine($"Against the version before: {version.Added} added, {version.Changed} changed, {version.Removed} removed.");
                });
                foreach (var gap in version.Gaps)
                {
                    invocation.Say("not read: " + Table.Clean(gap));
                }

                return ExitCode.Done;
            },
            "migrate inventory sync vc1");
    }

    private static Command Vms(CommandSet cli)
    {
        var source = SourceOption();
        var filter = new Option<string?>("--filter") { Description = "part of the name", HelpName = "TEXT" };
        var power = new Option<string?>("--power") { Description = "poweredOn, poweredOff or suspended" };
        power.AcceptOnlyFromAmong("poweredOn", "poweredOff", "suspended");
        var sort = new Option<string?>("--sort") { Description = "name, capacity, powerState, host or folder; a '-' before it turns the order round (--sort=-capacity)", HelpName = "FIELD" };
        return cli.Verb(
            "vms",
            "Lists the VMs of a source's newest inventory.",
            [source, filter, power, sort],
            async (invocation, cancellationToken) =>
            {
                var path = await SourcePathAsync(invocation, source, cancellationToken) + "/vms" + Query.Of(
                    ("filter", invocation.Get(filter)), ("powerState", invocation.Get(power)), ("sort", invocation.Get(sort)));
                var vms = await invocation.Api.GetAllAsync<VmRow>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(vms, output =>
                {
                    var table = new Table("KEY", "NAME", "POWER", "HOST", "GUEST", "CPUS", "MEMORY", "DISKS", "CAPACITY", "DATASTORES");
                    foreach (var vm in vms)
                    {
                        table.Add(
                            vm.Key, vm.Name, vm.PowerState, vm.Host, vm.GuestFullName, vm.CpuCount, Text.Bytes(vm.MemoryBytes), vm.DiskCount,
                            Text.Bytes(vm.CapacityBytes), string.Join(", ", vm.Datastores));
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate inventory vms --filter web --sort=-capacity",
            "migrate inventory vms --source vc1 --json | jq -r '.[].name'");
    }

    private static Command Show(CommandSet cli)
    {
        var source = SourceOption();
        var vm = new Argument<string>("VM") { Description = "name or key (vm-42)" };
        return cli.Verb(
            "show",
            "Shows a VM with its disks and the way from each datastore down to the HBA.",
            [vm, source],
            async (invocation, cancellationToken) =>
            {
                var detail = await invocation.Api.GetAsync<VmDetail>(
                    $"{await SourcePathAsync(invocation, source, cancellationToken, invocation.Get(vm))}/vms/{Uri.EscapeDataString(invocation.Get(vm))}", cancellationToken);
                invocation.Print(detail, output => VmText.Write(detail, output));
                return ExitCode.Done;
            },
            "migrate inventory show web01");
    }

    private static Command Hosts(CommandSet cli)
    {
        var source = SourceOption();
        return cli.Verb(
            "hosts",
            "Lists ESXi hosts with their storage adapters.",
            [source],
            async (invocation, cancellationToken) =>
            {
                var hosts = await invocation.Api.GetAllAsync<EsxHost>(await SourcePathAsync(invocation, source, cancellationToken) + "/hosts", cancellationToken)
                    .ToListAsync(cancellationToken);
                invocation.Print(hosts, output =>
                {
                    var table = new Table("HOST", "VERSION", "CORES", "MEMORY", "ADAPTER", "KIND", "CONFIDENCE", "DRIVER", "MODEL", "RDMA DEVICE", "UPLINK");
                    foreach (var host in hosts)
                    {
                        // What a dump does not say is left blank: no host has no cores.
                        var (cores, memory) = (host.CpuCores == 0 ? "" : $"{host.CpuCores}", host.MemoryBytes == 0 ? "" : Text.Bytes(host.MemoryBytes));
                        if (host.Adapters.Count == 0)
                        {
                            table.Add(host.Name, $"{host.Version} build {host.Build}", cores, memory, "", "", "", "", "", "", "");
                        }

                        foreach (var adapter in host.Adapters)
                        {
                            table.Add(
                                host.Name, $"{host.Version} build {host.Build}", cores, memory,
                                adapter.Device, adapter.Kind, adapter.Confidence, adapter.Driver, adapter.Model, adapter.RdmaDevice, adapter.Uplink);
                        }
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate inventory hosts --source vc1");
    }

    private static Command Datastores(CommandSet cli)
    {
        var source = SourceOption();
        return cli.Verb(
            "datastores",
            "Lists datastores.",
            [source],
            async (invocation, cancellationToken) =>
            {
                var datastores = await invocation.Api
                    .GetAllAsync<Datastore>(await SourcePathAsync(invocation, source, cancellationToken) + "/datastores", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(datastores, output =>
                {
                    var table = new Table("NAME", "TYPE", "DATACENTER", "CAPACITY", "FREE", "MEDIA", "HOSTS", "ACCESSIBLE", "EXTENTS");
                    foreach (var d in datastores)
                    {
                        table.Add(
                            d.Name, d.Type, d.Datacenter, Text.Bytes(d.CapacityBytes), Text.Bytes(d.FreeBytes), d.Media, d.HostKeys.Count, d.Accessible ? "yes" : "no",
                            string.Join(", ", d.Extents.Select(e => $"{e.DiskName}:{e.Partition}")));
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate inventory datastores");
    }

    private static Command Versions(CommandSet cli)
    {
        var source = SourceOption();
        return cli.Verb(
            "versions",
            "Lists a source's inventory versions, newest first.",
            [source],
            async (invocation, cancellationToken) =>
            {
                var versions = await invocation.Api
                    .GetAllAsync<InventoryVersionView>(await SourcePathAsync(invocation, source, cancellationToken) + "/versions", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(versions, output =>
                {
                    var table = new Table("VERSION", "TAKEN", "VMS", "HOSTS", "DATASTORES", "ADDED", "CHANGED", "REMOVED");
                    foreach (var v in versions)
                    {
                        table.Add(v.Number, Text.Time(v.TakenAt), v.VmCount, v.HostCount, v.DatastoreCount, v.Added, v.Changed, v.Removed);
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate inventory versions");
    }

    private static Command Diff(CommandSet cli)
    {
        var name = new Argument<string?>("SOURCE") { Description = "name of the source; may be left out when there is only one", Arity = ArgumentArity.ZeroOrOne };
        var source = SourceOption();
        var from = new Option<int?>("--from") { Description = "older version; the one before the newer when left out", HelpName = "N" };
        var to = new Option<int?>("--to") { Description = "newer version; the newest when left out", HelpName = "N" };
        var kind = new Option<string?>("--kind") { Description = "only vm, host, datastore, network or cluster" };
        kind.AcceptOnlyFromAmong("vm", "host", "datastore", "network", "cluster");
        var change = new Option<string?>("--change") { Description = "only added, removed or changed" };
        change.AcceptOnlyFromAmong("added", "removed", "changed");
        var filter = new Option<string?>("--filter") { Description = "part of the name", HelpName = "TEXT" };
        return cli.Verb(
            "diff",
            "Shows what differs between two inventory versions, and in which of its properties.",
            [name, source, from, to, kind, change, filter],
            async (invocation, cancellationToken) =>
            {
                var path = invocation.Find(name) is { } named ? $"sources/{Uri.EscapeDataString(named)}" : await SourcePathAsync(invocation, source, cancellationToken);
                path += "/diff" + Query.Of(
                    ("from", invocation.Get(from)), ("to", invocation.Get(to)), ("kind", invocation.Get(kind)), ("change", invocation.Get(change)), ("filter", invocation.Get(filter)));
                var rows = await invocation.Api.GetAllAsync<DifferenceRow>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(rows, output => DifferenceText.Write(rows, output));
                if (rows.Count == 0)
                {
                    invocation.Say("Nothing differs.");
                }

                return ExitCode.Done;
            },
            "migrate inventory diff vc1 --from 1 --to 2",
            "migrate inventory diff vc1 --kind vm --change changed --json");
    }

    /// <param name="invocation">Of the command.</param>
    /// <param name="option">The source that was named, if one was.</param>
    /// <param name="cancellationToken">Of the command.</param>
    /// <param name="vm">Whose source is meant where there are several and none is named: the only one that has it.</param>
    internal static async Task<string> SourcePathAsync(Invocation invocation, Option<string?> option, CancellationToken cancellationToken, string? vm = null)
    {
        if (invocation.Get(option) is { } named)
        {
            return $"sources/{Uri.EscapeDataString(named)}";
        }

        var sources = await invocation.Api.GetAsync<Page<SourceView>>("sources?pageSize=20", cancellationToken);
        return sources.Total switch
        {
            1 => $"sources/{Uri.EscapeDataString(sources.Items[0].Name)}",
            > 1 when vm is not null => await SourcePathOfAsync(invocation, vm, cancellationToken),
            0 => throw new CommandFailure(ExitCode.Failed, "There is no source yet.", "Add one with 'migrate source add', then 'migrate inventory sync'."),
            _ => throw new CommandFailure(ExitCode.Usage, "There are several sources: " + string.Join(", ", sources.Items.Select(s => s.Name)), "Say which with --source."),
        };
    }

    private static async Task<string> SourcePathOfAsync(Invocation invocation, string vm, CancellationToken cancellationToken)
    {
        var places = await invocation.Api.GetAsync<Page<VmPlace>>($"vms/{Uri.EscapeDataString(vm)}/places?pageSize=20", cancellationToken);
        return places.Items.Select(p => p.Source).Distinct().ToList() switch
        {
            [var only] => $"sources/{Uri.EscapeDataString(only)}",
            [] => throw new CommandFailure(ExitCode.Failed, $"No source has a VM named '{vm}'.", "See 'migrate inventory vms --source NAME', or synchronise the sources."),
            var several => throw new CommandFailure(ExitCode.Usage, $"Several sources have a VM '{vm}': {string.Join(", ", several)}", "Say which with --source."),
        };
    }
}
