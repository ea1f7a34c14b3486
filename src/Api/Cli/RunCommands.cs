using System.CommandLine;
using Migrate.Api.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

internal static class RunCommands
{
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
        var at = new Option<string?>("--at") { HelpName = "TIME", Description = "not before this time, e.g. 2026-03-01T02:00:00Z; at once when not given" };
        var force = new Option<bool>("--force") { Description = "accepts a longer downtime than the plan allows, and goes on outside of its windows" };
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
            Approve(cli),
            Accept(cli),
            Act(cli, "sync", "Makes a pass of a warm run now.", [], _ => ""),
            Act(cli, "rehearse", "Rehearses the cutover of a warm run when it is Ready: its guest is started from overlays, without a network, while the source goes on.", [], _ => ""),
            Act(
                cli, "cutover", "Lets a warm run make its last pass and cut over.", [at, force],
                invocation => Query.Of(("at", invocation.Get(at)), ("force", invocation.Get(force) ? "true" : null))),
            Act(cli, "judge", "Ends observing a run that is Validating, and judges it by what was seen until now.", [], _ => ""),
            Act(cli, "retry", "Goes on with a failed run in the phase that failed; what was copied stays copied.", [], _ => ""),
            Act(cli, "pause", "Stops a run at its next checkpoint.", [], _ => ""),
            Act(cli, "resume", "Goes on with a paused run.", [], _ => ""),
            Act(
                cli, "rollback", "Removes the domain and powers the source on again if the run shut it down.", [deleteData, discardChanges, discardAtMost],
                invocation => Query.Of(
                    ("deleteData", invocation.Get(deleteData) ? "true" : null),
                    ("discardChanges", invocation.Get(discardChanges) ? "true" : null), ("discardBytes", invocation.Get(discardAtMost)))));
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
        return cli.Verb(
            "list",
            "Lists runs, newest first.",
            [plan, wave, phase],
            async (invocation, cancellationToken) =>
            {
                var path = "runs" + Query.Of(("plan", invocation.Get(plan)), ("wave", invocation.Get(wave)), ("phase", invocation.Get(phase)));
                var runs = await invocation.Api.GetAllAsync<RunView>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(runs, output => RunText.WriteList(runs, output));
                return ExitCode.Done;
            },
            "migrate run list --phase Failed");
    }

    private static Command Show(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "show",
            "Shows a run with its disks and the newest lines of its log.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var detail = await invocation.Api.GetAsync<RunDetail>($"runs/{await ResolveAsync(invocation, run, cancellationToken)}", cancellationToken);
                invocation.Print(detail, output => RunText.Write(detail, output));
                return ExitCode.Done;
            },
            "migrate run show web01");
    }

    private static Command Log(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "log",
            "Prints all of a run's log.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var events = await invocation.Api.GetAllAsync<RunEventView>($"runs/{id}/log", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(events, output => RunText.WriteEvents(events, output));
                return ExitCode.Done;
            },
            "migrate run log web01");
    }

    private static Command Passes(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "passes",
            "Lists the passes of a warm run: what each named, read and sent, its snapshot and its self-test.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var passes = await invocation.Api.GetAllAsync<PassView>($"runs/{id}/passes", cancellationToken).ToListAsync(cancellationToken);
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

    private static Command Approve(CommandSet cli)
    {
        var run = RunArgument();
        var reason = new Option<string>("--reason") { Description = "what was looked at; shown with the run", HelpName = "TEXT", Required = true };
        var by = new Option<string?>("--by") { Description = "who says so (the user of this machine)", HelpName = "WHO" };
        return cli.Verb(
            "approve",
            "Records that a VM may be cut over, for plans that want that (--require-approval).",
            [run, reason, by],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var view = await invocation.Api.PostAsync<RunView>(
                    $"runs/{id}/approve", new ApproveCutover(invocation.Get(reason), invocation.Get(by) ?? Environment.UserName), cancellationToken);
                invocation.Print(view, output => RunText.WriteList([view], output));
                return ExitCode.Done;
            },
            "migrate run approve web01 --reason 'rehearsed on Tuesday, owner informed'");
    }

    private static Command Accept(CommandSet cli)
    {
        var run = RunArgument();
        var reason = new Option<string>("--reason") { Description = "why the plan goes on; shown with the run and in its reports", HelpName = "TEXT", Required = true };
        var by = new Option<string?>("--by") { Description = "who says so (the user of this machine)", HelpName = "WHO" };
        return cli.Verb(
            "accept",
            "Accepts a run's verdict of Fail, so that it no longer holds the later waves of its plan.",
            [run, reason, by],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var view = await invocation.Api.PostAsync<RunView>(
                    $"runs/{id}/accept-verdict", new AcceptVerdict(invocation.Get(reason), invocation.Get(by) ?? Environment.UserName), cancellationToken);
                invocation.Print(view, output => RunText.WriteList([view], output));
                return ExitCode.Done;
            },
            "migrate run accept web01 --reason 'its owner moves the address on Monday'");
    }

    private static Command Act(CommandSet cli, string verb, string description, IReadOnlyList<Symbol> more, Func<Invocation, string> query)
    {
        var run = RunArgument();
        return cli.Verb(
            verb,
            description,
            [run, .. more],
            async (invocation, cancellationToken) =>
            {
                var id = await ResolveAsync(invocation, run, cancellationToken);
                var view = await invocation.Api.PostAsync<RunView>($"runs/{id}/{verb}{query(invocation)}", null, cancellationToken);
                invocation.Print(view, output => RunText.WriteList([view], output));
                invocation.Say($"The server does it as soon as the run's work allows; see how it goes with 'migrate run show {view.Id}'.");
                return ExitCode.Done;
            },
            $"migrate run {verb} web01");
    }
}
