using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Api.Waves;
using Migrate.Executor.Waves;
using Migrate.Planner.Waves;

namespace Migrate.Api.Cli;

/// <summary>What of <c>migrate wave</c> is about planning them.</summary>
internal static class WavePlanCommands
{
    // A word that is not known is a slip, and not to be passed over.
    private static readonly JsonSerializerOptions Strict = new(Json.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static IEnumerable<Command> Build(CommandSet cli) => [Plan(cli), Plans(cli), Schedule(cli), Approve(cli), Export(cli), Compare(cli), Diff(cli)];

    private static Argument<string> PlanArgument() => new("PLAN") { Description = "name of the plan" };

    private static Option<int?> VersionOption() => new("--version") { Description = "number of the version; the newest when not given", HelpName = "N" };

    private static Command Plan(CommandSet cli)
    {
        var plan = PlanArgument();
        var rules = new Option<string?>("--rules") { Description = "JSON document with windows, groups, blackouts and limits; without it everything may move at any time", HelpName = "FILE" };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "plan",
            "Plans when each VM of a plan is copied and cut over, and keeps that as a new version. Nothing follows from it until it is approved. Ctrl-C stops waiting; the server goes on.",
            [plan, rules, noWait],
            async (invocation, cancellationToken) =>
            {
                var body = invocation.Get(rules) is { } file ? await ReadAsync(file, cancellationToken) : new WaveRules();
                if (await OperationWatch.DoAsync(invocation, noWait, PathOf(invocation.Get(plan)), body, cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var made = OperationWatch.Part(result.Waves);
                invocation.Print(made, output => WavePlanText.Write(made, output));
                invocation.Say($"Version {made.Version.Number}. See 'migrate wave schedule {made.Version.Plan}', and approve it with 'migrate wave approve {made.Version.Plan} --version {made.Version.Number} --reason …'.");
                return ExitCode.Done;
            },
            "migrate wave plan first --rules waves.json",
            "migrate wave plan first --no-wait");
    }

    private static Command Plans(CommandSet cli)
    {
        var plan = PlanArgument();
        var list = new ListOptions(WavePlans.VersionOrders, filter: null);
        return cli.Verb(
            "plans",
            "Lists the versions of a plan's waves, newest first.",
            list.After(plan),
            async (invocation, cancellationToken) =>
            {
                var versions = await invocation.Api.GetAllAsync<WaveVersionView>(PathOf(invocation.Get(plan)) + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(versions, output => WavePlanText.WriteVersions(versions, output));
                return ExitCode.Done;
            },
            "migrate wave plans first");
    }

    private static Command Schedule(CommandSet cli)
    {
        var (plan, version) = (PlanArgument(), VersionOption());
        var wave = new Option<int?>("--wave") { Description = "only this wave", HelpName = "N" };
        var list = new ListOptions(WavePlans.MoveOrders, filter: null);
        return cli.Verb(
            "schedule",
            "Shows when each VM is copied and cut over, and why not earlier.",
            list.After(plan, version, wave),
            async (invocation, cancellationToken) =>
            {
                var path = PathOf(invocation.Get(plan), invocation.Get(version));
                var detail = await invocation.Api.GetAsync<WaveVersionDetail>(path, cancellationToken);
                var vms = await invocation.Api.GetAllAsync<VmMove>($"{path}/vms{list.Query(invocation, ("wave", invocation.Get(wave)))}", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(new { detail.Version, detail.Waves, detail.Assumptions, detail.FailedVerdicts, vms }, output =>
                {
                    WavePlanText.Write(detail, output);
                    output.WriteLine();
                    WavePlanText.WriteVms(vms, output);
                });
                return ExitCode.Done;
            },
            "migrate wave schedule first",
            "migrate wave schedule first --version 2 --wave 1");
    }

    private static Command Approve(CommandSet cli)
    {
        var plan = PlanArgument();
        var version = new Option<int>("--version") { Description = "number of the version", HelpName = "N", Required = true };
        var reason = new Option<string>("--reason") { Description = "why, or by whose word", HelpName = "TEXT", Required = true };
        return cli.Change(
            "approve",
            "Lets a version decide when runs begin and cut over, and which VMs are in which wave. Runs that were started keep their times.",
            [plan, version, reason],
            async (invocation, cancellationToken) =>
            {
                var approved = await invocation.Api.PostAsync<WaveVersionView>(
                    $"{PathOf(invocation.Get(plan), invocation.Get(version))}/approve", new ApproveWaves(invocation.Get(reason)!, invocation.Terminal.Environment("USER")), cancellationToken);
                invocation.Print(approved, output => WavePlanText.WriteVersions([approved], output));
                return ExitCode.Done;
            },
            "migrate wave approve first --version 2 --reason 'change board of 3 March'");
    }

    private static Command Export(CommandSet cli)
    {
        var (plan, version) = (PlanArgument(), VersionOption());
        var format = new Option<string>("--format") { Description = "csv (a line for each VM), ics (an event for each wave) or json", HelpName = "FORMAT", DefaultValueFactory = _ => "csv" };
        format.AcceptOnlyFromAmong("csv", "ics", "json");
        return cli.Verb(
            "export",
            "Prints a version for other programs.",
            [plan, version, format],
            async (invocation, cancellationToken) =>
            {
                await invocation.Terminal.Out.WriteAsync(await invocation.Api.GetTextAsync($"{PathOf(invocation.Get(plan), invocation.Get(version))}/export?format={invocation.Get(format)}", cancellationToken));
                return ExitCode.Done;
            },
            "migrate wave export first --format ics > waves.ics");
    }

    private static Command Compare(CommandSet cli)
    {
        var plan = PlanArgument();
        var rules = new Option<string[]>("--rules") { Description = "JSON document, twice or more", HelpName = "FILE", Required = true };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Verb(
            "compare",
            "Shows side by side what becomes of the waves under several sets of rules: another window, a second link, half the rate. No version is made. Ctrl-C stops waiting; the server goes on.",
            [plan, rules, noWait],
            async (invocation, cancellationToken) =>
            {
                List<WaveVariant> variants = [];
                foreach (var file in invocation.Get(rules)!)
                {
                    variants.Add(new WaveVariant(Path.GetFileNameWithoutExtension(file), await ReadAsync(file, cancellationToken)));
                }

                if (await OperationWatch.DoAsync(invocation, noWait, PathOf(invocation.Get(plan)) + "/compare", new CompareWaves(variants), cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var compared = OperationWatch.Part(result.Comparison);
                invocation.Print(compared, output => WavePlanText.WriteComparison(compared.Variants, output));
                return ExitCode.Done;
            },
            "migrate wave compare first --rules waves.json --rules second-link.json",
            "migrate wave compare first --rules waves.json --no-wait");
    }

    private static Command Diff(CommandSet cli)
    {
        var plan = PlanArgument();
        var from = new Option<int?>("--from") { Description = "version that is compared with; the one before the other when left out", HelpName = "N" };
        var to = new Option<int?>("--to") { Description = "version that is compared; the newest when left out", HelpName = "N" };
        var list = new ListOptions(WaveDifference.Orders, filter: null);
        return cli.Verb(
            "diff",
            "Shows what differs between two versions, in rules and in when VMs move.",
            list.After(plan, from, to),
            async (invocation, cancellationToken) =>
            {
                (string, object?)[] two = [("from", invocation.Get(from)), ("to", invocation.Get(to))];
                var path = PathOf(invocation.Get(plan)) + "/diff";
                var diff = await invocation.Api.GetAsync<WaveVersionDiff>(path + Query.Of(two), cancellationToken);
                var vms = await invocation.Api.GetAllAsync<WaveVmChange>($"{path}/vms{list.Query(invocation, two)}", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(new { diff.From, diff.To, diff.Rules, diff.VmCount, vms }, output => WavePlanText.WriteDiff(diff, vms, output));
                return ExitCode.Done;
            },
            "migrate wave diff first",
            "migrate wave diff first --from 1 --to 3 --json");
    }

    private static async Task<WaveRules> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return await JsonSerializer.DeserializeAsync<WaveRules>(stream, Strict, cancellationToken) ?? new WaveRules();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"Cannot read {file}: {e.Message}", "Name a JSON document with rules.");
        }
        catch (JsonException e)
        {
            throw new CommandFailure(ExitCode.Usage, $"{file} is no document of rules: {e.Message}", "docs/waves.md has an example.");
        }
    }

    private static string PathOf(string plan) => $"plans/{Uri.EscapeDataString(plan)}/wave-versions";

    private static string PathOf(string plan, int? version) => $"{PathOf(plan)}/{version?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "newest"}";
}
