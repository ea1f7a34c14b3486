using System.CommandLine;
using System.Globalization;
using Migrate.Api.Runs;
using Migrate.Executor.Runs;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

internal static class RunCommands
{
    private delegate Command Maker(string name, string description, IReadOnlyList<Symbol> symbols, Func<Invocation, CancellationToken, Task<int>> body, params string[] examples);

    public static Command Build(CommandSet cli)
    {
        var deleteData = new Option<bool>("--delete-data") { Description = "delete the copied data as well" };
        var discardChanges = new Option<bool>("--discard-changes")
        {
            Description = "confirms that what the guest has written since its cutover is lost, however much; needed once its domain may have run",
        };
        var discardAtMost = new Option<long?>("--discard-at-most")
        {
            Description = "confirms the same of so many bytes and no more, where they are counted (--keep-behind); see 'migrate run changes'",
            HelpName = "BYTES",
        };
        var reason = new Option<string>("--reason") { Description = "why; kept in the run's log and the audit log", HelpName = "TEXT", Required = true };
        var by = ByOption();
        var at = new Option<string?>("--at") { HelpName = "TIME", Description = "not before this time, e.g. 2026-03-01T02:00:00Z; at once when not given" };
        var force = new Option<bool>("--force") { Description = "accepts a longer downtime than the plan allows, and goes on outside of its windows and before what it comes after" };
        return CommandSet.Noun(
            "run",
            "one VM's migration",
            List(cli),
            Show(cli),
            Log(cli),
            Passes(cli),
            Forecast(cli),
            Gates(cli),
            Changes(cli),
            Judged(cli),
            Approve(cli),
            Withdraw(cli),
            Accept(cli),
            Act(cli, null, "sync", "Makes a pass of a warm run now.", [], _ => null),
            Act(cli, null, "rehearse", "Rehearses the cutover of a warm run when it is Ready: its guest is started from overlays, without a network, while the source goes on.", [], _ => null),
            Act(
                cli, RunPhase.Completed, "cutover", "Lets a warm run make its last pass and cut over.", [reason, by, at, force],
                invocation => new CutOver(invocation.Get(reason), By(invocation, by), Time(invocation.Get(at)), invocation.Get(force)),
                "migrate run cutover web01 --reason 'rehearsed on Tuesday, owner informed' --wait",
                "migrate run cutover web01 --reason 'change 4711' --at 2026-03-01T02:00:00Z"),
            Act(cli, RunPhase.Completed, "judge", "Ends observing a run that is Validating, and judges it by what was seen until now.", [], _ => null),
            Act(cli, RunPhase.Completed, "retry", "Goes on with a failed run in the phase that failed; what was copied stays copied.", [], _ => null),
            Act(cli, RunPhase.Paused, "pause", "Stops a run at its next checkpoint.", [], _ => null),
            Act(cli, RunPhase.Completed, "resume", "Goes on with a paused run.", [], _ => null),
            Act(
                cli, RunPhase.RolledBack, "rollback", "Removes the domain and powers the source on again if the run shut it down.", [reason, by, deleteData, discardChanges, discardAtMost],
                invocation => new RollBack(invocation.Get(reason), By(invocation, by), invocation.Get(deleteData), invocation.Get(discardChanges), invocation.Get(discardAtMost)),
                "migrate run rollback web01 --reason 'its owner sees errors in the application' --discard-changes",
                "migrate run rollback web01 --reason 'test is over' --discard-at-most 1048576 --delete-data --wait"));
    }

    /// <summary>A run by its id, or the newest run of a VM by the VM's name.</summary>
    public static async Task<Guid?> FindAsync(Invocation invocation, string text, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(text, out var id))
        {
            return id;
        }

        var page = await invocation.Api.GetAsync<Page<RunView>>("runs" + Query.Of(("vm", text), ("pageSize", Paging.Largest)), cancellationToken);
        return page.Items.FirstOrDefault(r => r.Vm == text)?.Id;
    }

    private static Argument<string> RunArgument() => new("RUN") { Description = "id of the run, or name of the VM for its newest run" };

    public static async Task<Guid> ResolveAsync(Invocation invocation, Argument<string> run, CancellationToken cancellationToken) =>
        await FindAsync(invocation, invocation.Get(run), cancellationToken)
            ?? throw new CommandFailure(ExitCode.Failed, $"There is no run of a VM named '{invocation.Get(run)}'.", "See 'migrate run list'.");

    private static Command List(CommandSet cli)
    {
        var plan = new Option<string?>("--plan") { HelpName = "NAME", Description = "only runs of this plan" };
        var wave = new Option<int?>("--wave") { HelpName = "N", Description = "only runs of this wave" };
        var phase = new Option<RunPhase?>("--phase") { HelpName = "PHASE", Description = "only runs in this phase, e.g. Failed" };
        var over = new Option<bool?>("--over") { HelpName = "BOOL", Description = "only runs that are over: completed or rolled back; false: only those that are not" };
        var vm = new Option<string?>("--vm") { HelpName = "TEXT", Description = "part of the VM's name" };
        var list = new ListOptions(RunStore.Orders, filter: null);
        return cli.Verb(
            "list",
            "Lists runs, newest first.",
            list.After(plan, wave, phase, over, vm),
            async (invocation, cancellationToken) =>
            {
                var path = "runs" + list.Query(invocation, ("plan", invocation.Get(plan)), ("wave", invocation.Get(wave)), ("phase", invocation.Get(phase)), ("over", invocation.Get(over) switch { true => "true", false => "false", null => null }), ("vm", invocation.Get(vm)));
                var runs = await invocation.Api.GetAllAsync<RunView>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(runs, output => RunText.WriteList(runs, output));
                return ExitCode.Done;
            },
            "migrate run list --phase Failed",
            "migrate run list --plan first --sort vm",
            "migrate run list --over true --page 1 --page-size 20");
    }

    private static Command Show(CommandSet cli)
    {
        var run = RunArgument();
        var wait = new Option<bool>("--wait") { Description = "follow the run to its end; Ctrl-C stops watching, not the migration" };
        return cli.Verb(
            "show",
            "Shows a run with its disks and the newest lines of its log.",
            [run, wait],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                if (invocation.Get(wait))
                {
                    return await WaveWatch.FollowRunAsync(invocation, id, wanted: null, await WaveWatch.NewestLineAsync(invocation, id, cancellationToken), cancellationToken);
                }

                var detail = await invocation.Api.GetAsync<RunDetail>($"runs/{id}", cancellationToken);
                invocation.Print(detail, output => RunText.Write(detail, output));
                return ExitCode.Done;
            },
            "migrate run show web01",
            "migrate run show web01 --wait");
    }

    private static Command Log(CommandSet cli)
    {
        var run = RunArgument();
        var level = new Option<string?>("--level") { HelpName = "LEVEL", Description = "only info, warning or error" };
        level.AcceptOnlyFromAmong(RunLog.Info, RunLog.Warning, RunLog.Error);
        var list = new ListOptions(RunViews.LogOrders, filter: null);
        return cli.Verb(
            "log",
            "Prints all of a run's log.",
            list.After(run, level),
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var events = await invocation.Api.GetAllAsync<RunEventView>($"runs/{id}/log{list.Query(invocation, ("level", invocation.Get(level)))}", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(events, output => RunText.WriteEvents(events, output));
                return ExitCode.Done;
            },
            "migrate run log web01");
    }

    private static Command Passes(CommandSet cli)
    {
        var run = RunArgument();
        var list = new ListOptions(PassViews.Orders, filter: null);
        return cli.Verb(
            "passes",
            "Lists the passes of a warm run: what each named, read and sent, its snapshot and its self-test.",
            list.After(run),
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var passes = await invocation.Api.GetAllAsync<PassView>($"runs/{id}/passes{list.Query(invocation)}", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(passes, output => PassText.Write(passes, output));
                return ExitCode.Done;
            },
            "migrate run passes web01");
    }

    private static Command Forecast(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "forecast",
            "Shows how many passes a warm run still needs, and how long its VM will be down.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var forecast = await invocation.Api.GetAsync<ForecastView>($"runs/{id}/forecast", cancellationToken);
                invocation.Print(forecast, output => PassText.Write([forecast], output));
                return ExitCode.Done;
            },
            "migrate run forecast web01");
    }

    private static Command Gates(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "gates",
            "Shows what a run's cutover waits for, each with what opens it. Exit code 3 when any gate is closed.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var view = await invocation.Api.GetAsync<GatesView>($"runs/{await ResolveAsync(invocation, run, cancellationToken)}/gates", cancellationToken);
                invocation.Print(view, output => RunText.Write(view, output));
                return view.Gates.Any(x => x.IsClosed) ? ExitCode.BlockedByConcerns : ExitCode.Done;
            },
            "migrate run gates web01");
    }

    private static Command Changes(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "changes",
            "Shows how much a roll-back would lose of what the guest has changed since its cutover, for plans made with --keep-behind.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var view = await invocation.Api.GetAsync<ChangesView>($"runs/{await ResolveAsync(invocation, run, cancellationToken)}/changes", cancellationToken);
                invocation.Print(view, output => RunText.Write(view, output));
                return ExitCode.Done;
            },
            "migrate run changes web01");
    }

    private static Command Judged(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "verdict",
            "Shows what is proven of a moved VM: data, boot, identity and latency, each with its reasons. Exit status 1 when it is Fail.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var verdict = await invocation.Api.GetAsync<Verdict>($"runs/{await ResolveAsync(invocation, run, cancellationToken)}/verdict", cancellationToken);
                invocation.Print(verdict, output => RunText.Write(verdict, output));
                return verdict.Outcome == Outcome.Fail ? ExitCode.Failed : ExitCode.Done;
            },
            "migrate run verdict web01");
    }

    private static Command Approve(CommandSet cli)
    {
        var run = RunArgument();
        var reason = new Option<string>("--reason") { Description = "what was looked at; shown with the run", HelpName = "TEXT", Required = true };
        var by = ByOption();
        return cli.Change(
            "approve",
            "Records that a VM may be cut over, for plans that want that (--require-approval).",
            [run, reason, by],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var view = await invocation.Api.PostAsync<RunView>(
                    $"runs/{id}/approve", new ApproveCutover(invocation.Get(reason), By(invocation, by)), cancellationToken);
                invocation.Print(view, output => RunText.WriteList([view], output));
                return ExitCode.Done;
            },
            "migrate run approve web01 --reason 'rehearsed on Tuesday, owner informed'");
    }

    private static Command Withdraw(CommandSet cli)
    {
        var run = RunArgument();
        var reason = new Option<string>("--reason") { Description = "why not now; shown with the run", HelpName = "TEXT", Required = true };
        var by = ByOption();
        return cli.Change(
            "withdraw",
            "Takes back the approval of a cutover and the word for it ('migrate run cutover'), while its guest was not asked to shut down. Passes go on.",
            [run, reason, by],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var view = await invocation.Api.PostAsync<RunView>($"runs/{id}/withdraw", new WithdrawCutover(invocation.Get(reason), By(invocation, by)), cancellationToken);
                invocation.Print(view, output => RunText.WriteList([view], output));
                return ExitCode.Done;
            },
            "migrate run withdraw web01 --reason 'its owner needs it until Friday'");
    }

    private static Command Accept(CommandSet cli)
    {
        var run = RunArgument();
        var reason = new Option<string>("--reason") { Description = "why the plan goes on; shown with the run and in its reports", HelpName = "TEXT", Required = true };
        var by = ByOption();
        return cli.Change(
            "accept",
            "Accepts a run's verdict of Fail, so that it no longer holds the later waves of its plan.",
            [run, reason, by],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var view = await invocation.Api.PostAsync<RunView>(
                    $"runs/{id}/accept-verdict", new AcceptVerdict(invocation.Get(reason), By(invocation, by)), cancellationToken);
                invocation.Print(view, output => RunText.WriteList([view], output));
                return ExitCode.Done;
            },
            "migrate run accept web01 --reason 'its owner moves the address on Monday'");
    }

    /// <param name="cli">Makes the command.</param>
    /// <param name="end">What --wait waits for; null: it has none, since the run is afterwards where it was before.</param>
    /// <param name="verb">Its name, and that of the call.</param>
    /// <param name="description">For its help.</param>
    /// <param name="more">Its options.</param>
    /// <param name="body">Of the call.</param>
    /// <param name="examples">For its help.</param>
    private static Command Act(CommandSet cli, RunPhase? end, string verb, string description, IReadOnlyList<Symbol> more, Func<Invocation, object?> body, params string[] examples)
    {
        var run = RunArgument();
        var wait = new Option<bool>("--wait")
        {
            Description = end switch
            {
                RunPhase.Paused => "wait until it is paused; Ctrl-C stops watching, nothing else",
                RunPhase.RolledBack => "follow the roll-back to its end; Ctrl-C stops watching, nothing else",
                _ => "follow the run to its end; Ctrl-C stops watching, not the migration",
            },
        };
        return (end == RunPhase.RolledBack ? cli.Removal : (Maker)cli.Change)(
            verb,
            description,
            [run, .. more, .. end is null ? Array.Empty<Symbol>() : [wait]],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var isWaiting = end is not null && invocation.Get(wait);
                var since = isWaiting ? await WaveWatch.NewestLineAsync(invocation, id, cancellationToken) : null;
                var view = await invocation.Api.PostAsync<RunView>($"runs/{id}/{verb}", body(invocation), cancellationToken);
                if (isWaiting)
                {
                    return await WaveWatch.FollowRunAsync(invocation, id, end == RunPhase.Completed ? null : end, since, cancellationToken);
                }

                invocation.Print(view, output => RunText.WriteList([view], output));
                invocation.Say($"The server does it as soon as the run's work allows; see how it goes with 'migrate run show {view.Id}'.");
                return ExitCode.Done;
            },
            examples is not [] ? examples : end is null ? [$"migrate run {verb} web01"] : [$"migrate run {verb} web01", $"migrate run {verb} web01 --wait"]);
    }

    private static Option<string?> ByOption() => new("--by") { Description = "who says so (the user of this machine)", HelpName = "WHO" };

    private static string By(Invocation invocation, Option<string?> by) => invocation.Get(by) ?? Environment.UserName;

    /// <summary>UTC, unless it names a zone.</summary>
    internal static DateTime? Time(string? text) =>
        text is null ? null
        : DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
        : throw new CommandFailure(ExitCode.Usage, $"'{text}' is no time.", "Give it as 2026-03-01T02:00:00Z.");
}
