using System.CommandLine;
using Migrate.Api.Baselines;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Api.Cli;

internal static class BaselineCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun(
        "baseline", "how VMs' storage behaves on the source", Start(cli), Stop(cli), Status(cli), Show(cli), Import(cli), Remove(cli));

    private static Option<string?> SourceOption() => InventoryCommands.SourceOption();

    private static Option<string[]> VmsOption() => new("--vm") { Description = "name or key of a VM; may be given several times", HelpName = "VM" };

    private static Command Start(CommandSet cli)
    {
        var (source, vms, all) = (SourceOption(), VmsOption(), new Option<bool>("--all") { Description = "every VM that is no template" });
        return cli.Change(
            "start",
            "Collects VMs' storage counters from now on, every 20 s mean of them.",
            [source, vms, all],
            async (invocation, cancellationToken) =>
            {
                var path = await SourcePathAsync(invocation, source, cancellationToken);
                var change = await invocation.Api.PostAsync<BaselineChange>($"{path}/baselines/start", Choice(invocation, vms, all), cancellationToken);
                invocation.Print(change, output => output.WriteLine($"Collecting began for {Text.Count(change.Changed, "VM")}; {Text.Count(change.Collected, "VM")} of the source are collected. The source keeps samples for an hour: leave the server running."));
                return ExitCode.Done;
            },
            "migrate baseline start --source vc1 --all",
            "migrate baseline start --vm db01 --vm web01");
    }

    private static Command Stop(CommandSet cli)
    {
        var (source, vms, all) = (SourceOption(), VmsOption(), new Option<bool>("--all") { Description = "everything that is collected of the source" });
        return cli.Change(
            "stop",
            "Stops collecting and keeps what was collected.",
            [source, vms, all],
            async (invocation, cancellationToken) =>
            {
                var path = await SourcePathAsync(invocation, source, cancellationToken);
                var change = await invocation.Api.PostAsync<BaselineChange>($"{path}/baselines/stop", Choice(invocation, vms, all), cancellationToken);
                invocation.Print(change, output => output.WriteLine($"Collecting ended for {Text.Count(change.Changed, "VM")}; {Text.Count(change.Collected, "VM")} of the source are still collected."));
                return ExitCode.Done;
            },
            "migrate baseline stop --all");
    }

    private static Command Status(CommandSet cli)
    {
        var source = SourceOption();
        var list = new ListOptions(BaselineReader.Orders);
        return cli.Verb(
            "status",
            "Lists what is collected, with gaps and failures, and the load on the source.",
            list.After(source),
            async (invocation, cancellationToken) =>
            {
                var path = await SourcePathAsync(invocation, source, cancellationToken);
                var load = await invocation.Api.GetAsync<BaselineLoadView>($"{path}/baselines/load", cancellationToken);
                var watches = await invocation.Api.GetAllAsync<BaselineWatchView>($"{path}/baselines{list.Query(invocation)}", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(new { load, vms = watches }, output => BaselineText.WriteStatus(load, watches, output));
                return ExitCode.Done;
            },
            "migrate baseline status --source vc1");
    }

    private static Command Show(CommandSet cli)
    {
        var source = SourceOption();
        var vm = new Argument<string>("VM") { Description = "name or key (vm-42)" };
        var days = new Option<int?>("--days") { Description = "how many days before the newest sample count (28)", HelpName = "N" };
        var hours = new Option<bool>("--by-hour") { Description = "also a line for each hour of the week" };
        return cli.Verb(
            "show",
            "Shows how a VM's disks behave, and how far the figures can be trusted.",
            [vm, source, days, hours],
            async (invocation, cancellationToken) =>
            {
                var path = await SourcePathAsync(invocation, source, cancellationToken, invocation.Get(vm));
                var baseline = await invocation.Api.GetAsync<CollectedBaseline>(
                    $"{path}/baselines/{Uri.EscapeDataString(invocation.Get(vm))}" + Query.Of(("days", invocation.Get(days))), cancellationToken);
                invocation.Print(baseline, output => BaselineText.Write(baseline, invocation.Get(hours), output));
                return ExitCode.Done;
            },
            "migrate baseline show db01",
            "migrate baseline show db01 --days 7 --by-hour");
    }

    private static Command Import(CommandSet cli)
    {
        var source = SourceOption();
        var vm = new Option<string>("--vm") { Description = "name or key of the VM", HelpName = "VM", Required = true };
        var disk = new Option<string?>("--disk") { Description = "label, key or instance (scsi0:0) of the disk; may be left out where only one is possible", HelpName = "DISK" };
        var handle = new Option<long?>("--handle") { Description = "vscsiStats' handle of the disk, where the file holds several", HelpName = "N" };
        var vscsi = new Option<string?>("--vscsistats") { Description = "CSV of vscsiStats -p all -c", HelpName = "FILE" };
        var fio = new Option<string?>("--fio") { Description = "JSON of fio, best with --output-format=json+", HelpName = "FILE" };
        var from = new Option<string?>("--from") { Description = "when vscsiStats began to count (vscsiStats -s), e.g. 2026-03-01T09:00:00Z; without it its histogram decides no verdict", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "when it was printed, or half an hour after the last -s if that was earlier: vscsiStats stops by itself", HelpName = "TIME" };
        return cli.Change(
            "import",
            "Takes in histograms of single I/Os, of which alone percentiles can be told. The same file again may say when it was counted.",
            [source, vm, disk, handle, vscsi, fio, from, to],
            async (invocation, cancellationToken) =>
            {
                var (origin, file) = (invocation.Get(vscsi), invocation.Get(fio)) switch
                {
                    ({ } csv, null) => (HistogramImport.VscsiStatsOrigin, csv),
                    (null, { } json) => (HistogramImport.FioOrigin, json),
                    _ => throw new CommandFailure(ExitCode.Usage, "One file is needed.", "Give --vscsistats FILE or --fio FILE."),
                };
                var request = new ImportHistograms(origin, await ReadAsync(file, cancellationToken), invocation.Get(disk), invocation.Get(handle), RunCommands.Time(invocation.Get(from)), RunCommands.Time(invocation.Get(to)));
                var path = await SourcePathAsync(invocation, source, cancellationToken, invocation.Get(vm));
                var imported = await invocation.Api.PostAsync<DiskHistograms>($"{path}/baselines/{Uri.EscapeDataString(invocation.Get(vm)!)}/histograms", request, cancellationToken);
                invocation.Print(imported, output => BaselineText.WriteHistograms(imported, output));
                return ExitCode.Done;
            },
            "migrate baseline import --vscsistats db01.csv --from 2026-03-01T09:00:00Z --to 2026-03-01T09:30:00Z --vm db01 --disk scsi0:0",
            "migrate baseline import --fio result.json --vm db01 --disk \"Hard disk 2\"");
    }

    private static Command Remove(CommandSet cli)
    {
        var source = SourceOption();
        var vm = new Argument<string>("VM") { Description = "name or key (vm-42)" };
        return cli.Removal(
            "remove",
            "Forgets what was collected of a VM; imported histograms stay.",
            [vm, source],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DeleteAsync($"{await SourcePathAsync(invocation, source, cancellationToken, invocation.Get(vm))}/baselines/{Uri.EscapeDataString(invocation.Get(vm))}", cancellationToken);
                invocation.Say($"Removed the baseline of {invocation.Get(vm)}.");
                return ExitCode.Done;
            },
            "migrate baseline remove db01");
    }

    private static ChooseVms Choice(Invocation invocation, Option<string[]> vms, Option<bool> all) =>
        new(invocation.Get(vms) is { Length: > 0 } named ? named : null, invocation.Get(all));

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        const int Largest = 16 << 20;
        try
        {
            return new FileInfo(file).Length <= Largest
                ? await File.ReadAllTextAsync(file, cancellationToken)
                : throw new CommandFailure(ExitCode.Failed, $"{file} is larger than {Text.Bytes(Largest)}; no result of vscsiStats or fio is.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"Cannot read {file}: {e.Message}");
        }
    }

    private static Task<string> SourcePathAsync(Invocation invocation, Option<string?> option, CancellationToken cancellationToken, string? vm = null) =>
        InventoryCommands.SourcePathAsync(invocation, option, cancellationToken, vm);
}
