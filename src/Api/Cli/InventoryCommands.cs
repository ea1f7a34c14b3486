using System.CommandLine;
using Migrate.Api.Inventory;
using Migrate.Api.Runs;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Cli;

internal static class InventoryCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun(
        "inventory", "what was seen on the sources", Sync(cli), Vms(cli), Show(cli), Plans(cli), Runs(cli), Hosts(cli), Datastores(cli), PlaceCommands.Clusters(cli), PlaceCommands.Networks(cli), StorageCommands.Topology(cli), StorageCommands.Iser(cli), Versions(cli), Diff(cli));

    internal static Option<string?> SourceOption() => new("--source") { Description = "name of the source; may be left out when there is only one, or only one has the VM that is named", HelpName = "NAME" };

    internal static Option<int?> VersionOption() => new("--version") { Description = "number of an inventory version, as 'migrate inventory versions' lists them; the newest when left out", HelpName = "N" };

    private static Command Sync(CommandSet cli)
    {
        var name = new Argument<string>("SOURCE");
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "sync",
            "Reads a source's inventory into a new version and tells what changed. Ctrl-C stops waiting; the server goes on.",
            [name, noWait],
            async (invocation, cancellationToken) =>
            {
                if (await OperationWatch.DoAsync(invocation, noWait, $"sources/{Uri.EscapeDataString(invocation.Get(name))}/sync", null, cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var version = OperationWatch.Part(result.Inventory);
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
            "migrate inventory sync vc1",
            "migrate inventory sync vc1 --no-wait");
    }

    private static Command Vms(CommandSet cli)
    {
        var source = SourceOption();
        var version = VersionOption();
        var list = new ListOptions(VmQuery.Orders);
        var filter = new VmOptions();
        var csv = new Option<bool>("--csv") { Description = "all that match as a table with commas, for a spreadsheet" };
        return cli.Verb(
            "vms",
            "Lists the VMs of a source's newest inventory, with what rules and baselines say of them and the plans that have them.",
            list.After([source, .. filter.All, version, csv]),
            async (invocation, cancellationToken) =>
            {
                var path = await SourcePathAsync(invocation, source, cancellationToken) + "/vms";
                (string, object?)[] asked = [.. filter.Values(invocation), ("version", invocation.Get(version))];
                if (invocation.Get(csv))
                {
                    if (invocation.AsJson)
                    {
                        throw new CommandFailure(ExitCode.Usage, "--csv and --json are two forms of one list.", "Choose one of them.");
                    }

                    await invocation.Terminal.Out.WriteAsync(await invocation.Api.GetTextAsync(path + ".csv" + list.WholeQuery(invocation, asked), cancellationToken));
                    return ExitCode.Done;
                }

                var vms = await invocation.Api.GetAllAsync<VmRow>(path + list.Query(invocation, asked), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(vms, output =>
                {
                    var table = new Table("KEY", "NAME", "POWER", "CLUSTER", "HOST", "GUEST", "CPUS", "MEMORY", "DISKS", "CAPACITY", "USED", "CHANGES", "DATASTORES", "CONCERNS", "PLAN, WAVE");
                    foreach (var vm in vms)
                    {
                        table.Add(
                            vm.Key, vm.Name, vm.PowerState, vm.Cluster, vm.Host, vm.GuestFullName, vm.CpuCount, Text.Bytes(vm.MemoryBytes), vm.DiskCount,
                            Text.Bytes(vm.CapacityBytes), vm.UsedBytes is { } used ? Text.Bytes(used) : "", ChangeText(vm), string.Join(", ", vm.Datastores), ConcernsText(vm), vm.Plan is { } plan ? $"{plan}, {vm.Wave}" : "");
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate inventory vms --filter web --sort=-capacity",
            "migrate inventory vms --host esx01.example --power poweredOn",
            "migrate inventory vms --cluster Prod --worst None --planned false --sort used",
            "migrate inventory vms --folder /DC1/vm/Shop --source vc1 --version 3",
            "migrate inventory vms --source vc1 --json | jq -r '.[].name'",
            "migrate inventory vms --source vc1 --concern disk.rdm --csv > rdm.csv");
    }

    private static string ChangeText(VmRow vm) => vm.ChangeBytesPerSecond is not { } rate ? "not measured" : vm.ChangeOrigin == ChangeOrigin.ChangeTracking ? Text.Rate(rate) : $"≤ {Text.Rate(rate)}";

    private static string ConcernsText(VmRow vm) => vm.Worst switch
    {
        WorstConcern.Unjudged => "not judged yet",
        WorstConcern.None => "none",
        WorstConcern.Critical => $"{vm.Critical} critical of {vm.Critical + vm.Warnings + vm.Information}",
        WorstConcern.Warning => $"{Text.Count(vm.Warnings, "warning")} of {vm.Warnings + vm.Information}",
        _ => $"{vm.Information} for information",
    };

    private static Command Show(CommandSet cli)
    {
        var source = SourceOption();
        var vm = new Argument<string>("VM") { Description = "name or key (vm-42)" };
        var version = VersionOption();
        return cli.Verb(
            "show",
            "Shows a VM with its disks and the way from each datastore down to the HBA.",
            [vm, source, version],
            async (invocation, cancellationToken) =>
            {
                var detail = await invocation.Api.GetAsync<VmDetail>(
                    $"{await SourcePathAsync(invocation, source, cancellationToken, invocation.Get(vm))}/vms/{Uri.EscapeDataString(invocation.Get(vm))}" + Query.Of(("version", invocation.Get(version))), cancellationToken);
                invocation.Print(detail, output => VmText.Write(detail, output));
                return ExitCode.Done;
            },
            "migrate inventory show web01",
            "migrate inventory show web01 --source vc1 --version 3");
    }

    private static Command Plans(CommandSet cli)
    {
        var source = SourceOption();
        var vm = new Argument<string>("VM") { Description = "name or key (vm-42)" };
        var list = new ListOptions(VmHistory.Orders, filter: null);
        return cli.Verb(
            "plans",
            "Lists the plans that have a VM, newest first.",
            list.After(vm, source),
            async (invocation, cancellationToken) =>
            {
                var path = $"{await SourcePathAsync(invocation, source, cancellationToken, invocation.Get(vm))}/vms/{Uri.EscapeDataString(invocation.Get(vm))}/plans";
                var plans = await invocation.Api.GetAllAsync<VmPlan>(path + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(plans, output =>
                {
                    var table = new Table("PLAN", "WAVE", "MODE", "CREATED", "CRITICAL", "WARNINGS", "INFORMATION", "BEGINS", "CUTOVER");
                    foreach (var x in plans)
                    {
                        table.Add(x.Plan, x.Wave, x.Mode, Text.Time(x.CreatedAt), x.Critical, x.Warnings, x.Information, Text.Time(x.BeginAt), Text.Time(x.CutOverAt));
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate inventory plans web01 --source vc1");
    }

    private static Command Runs(CommandSet cli)
    {
        var source = SourceOption();
        var vm = new Argument<string>("VM") { Description = "name or key (vm-42)" };
        var list = new ListOptions(VmHistory.RunOrders, filter: null);
        return cli.Verb(
            "runs",
            "Lists all runs of a VM, in whichever plans, newest first.",
            list.After(vm, source),
            async (invocation, cancellationToken) =>
            {
                var path = $"{await SourcePathAsync(invocation, source, cancellationToken, invocation.Get(vm))}/vms/{Uri.EscapeDataString(invocation.Get(vm))}/runs";
                var runs = await invocation.Api.GetAllAsync<RunView>(path + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(runs, output => RunText.WriteList(runs, output));
                return ExitCode.Done;
            },
            "migrate inventory runs web01 --source vc1");
    }

    private static Command Hosts(CommandSet cli)
    {
        var source = SourceOption();
        var version = VersionOption();
        var list = new ListOptions(InventoryReader.Orders);
        return cli.Verb(
            "hosts",
            "Lists ESXi hosts with their storage adapters.",
            list.After(source, version),
            async (invocation, cancellationToken) =>
            {
                var hosts = await invocation.Api.GetAllAsync<EsxHost>(await SourcePathAsync(invocation, source, cancellationToken) + "/hosts" + list.Query(invocation, ("version", invocation.Get(version))), cancellationToken)
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
            "migrate inventory hosts --source vc1",
            "migrate inventory hosts --filter esx0 --version 3");
    }

    private static Command Datastores(CommandSet cli)
    {
        var source = SourceOption();
        var version = VersionOption();
        var list = new ListOptions(InventoryReader.Orders);
        return cli.Verb(
            "datastores",
            "Lists datastores.",
            list.After(source, version),
            async (invocation, cancellationToken) =>
            {
                var datastores = await invocation.Api
                    .GetAllAsync<Datastore>(await SourcePathAsync(invocation, source, cancellationToken) + "/datastores" + list.Query(invocation, ("version", invocation.Get(version))), cancellationToken).ToListAsync(cancellationToken);
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
            "migrate inventory datastores",
            "migrate inventory datastores --source vc1 --version 3");
    }

    private static Command Versions(CommandSet cli)
    {
        var source = SourceOption();
        var list = new ListOptions(InventoryReader.VersionOrders, filter: null);
        return cli.Verb(
            "versions",
            "Lists a source's inventory versions, newest first.",
            list.After(source),
            async (invocation, cancellationToken) =>
            {
                var versions = await invocation.Api
                    .GetAllAsync<InventoryVersionView>(await SourcePathAsync(invocation, source, cancellationToken) + "/versions" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
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
        var list = new ListOptions(DifferenceQuery.Orders);
        return cli.Verb(
            "diff",
            "Shows what differs between two inventory versions, and in which of its properties.",
            list.After(name, source, from, to, kind, change),
            async (invocation, cancellationToken) =>
            {
                var path = invocation.Find(name) is { } named ? $"sources/{Uri.EscapeDataString(named)}" : await SourcePathAsync(invocation, source, cancellationToken);
                path += "/diff" + list.Query(
                    invocation, ("from", invocation.Get(from)), ("to", invocation.Get(to)), ("kind", invocation.Get(kind)), ("change", invocation.Get(change)));
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
