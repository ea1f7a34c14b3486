using System.CommandLine;
using Migrate.Api.Concerns;
using Migrate.Api.Operations;
using Migrate.Executor.Preflight;
using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Cli;

internal static class ConcernCommands
{
    public static Command Build(CommandSet cli) =>
        CommandSet.Noun("concerns", "what may go wrong with a VM's move, and what to do about it", List(cli), Explain(cli), Override(cli), Overrides(cli), Lift(cli));

    /// <summary>Part of the noun plan: probes for one plan.</summary>
    public static Command Check(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var last = new Option<bool>("--last") { Description = "tries nothing: shows what the newest check found" };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "check",
            "Tries what a plan's runs will need: login, names and ports of ESXi hosts, a read of every disk, the target's space, its KVM host. Exits with 3 when any finding is Critical. Ctrl-C stops waiting; the server goes on.",
            [name, last, noWait],
            async (invocation, cancellationToken) =>
            {
                var path = $"plans/{Uri.EscapeDataString(invocation.Get(name))}/checks";
                PlanCheckView check;
                if (invocation.Get(last))
                {
                    check = await invocation.Api.GetAsync<PlanCheckView>(path + "/latest", cancellationToken);
                }
                else if (await OperationWatch.DoAsync(invocation, noWait, path, null, cancellationToken) is { } result)
                {
                    check = OperationWatch.Part(result.Check);
                }
                else
                {
                    return ExitCode.Done;
                }

                invocation.Print(check, output => ConcernText.Write(check, output));
                return OperationExit.Of(new OperationResult(Check: check));
            },
            "migrate plan check first",
            "migrate plan check first --last --json",
            "migrate plan check first --no-wait");
    }

    private static Command List(CommandSet cli)
    {
        var plan = new Option<string?>("--plan") { Description = "concerns of this plan's VMs, with what its newest check found", HelpName = "NAME" };
        var source = new Option<string?>("--source") { Description = "concerns of all VMs of this source, without a plan", HelpName = "NAME" };
        var severity = new Option<string?>("--severity") { Description = "only critical, warning or information", HelpName = "SEVERITY" };
        severity.AcceptOnlyFromAmong("critical", "warning", "information");
        var vm = new Option<string?>("--vm") { Description = "only this VM", HelpName = "VM" };
        var id = new Option<string?>("--id") { Description = "only this concern", HelpName = "ID" };
        var list = new ListOptions(PlanViews.VmOrders, filter: null);
        return cli.Verb(
            "list",
            "Lists concerns of a plan or a source by VM. Exits with 3 when any is Critical.",
            list.After(plan, source, severity, vm, id),
            async (invocation, cancellationToken) =>
            {
                var query = list.Query(
                    invocation, ("plan", invocation.Get(plan)), ("source", invocation.Get(source)),
                    ("severity", invocation.Get(severity) is { } word ? Enum.Parse<ConcernSeverity>(word, ignoreCase: true) : null), ("vm", invocation.Get(vm)), ("id", invocation.Get(id)));
                var found = await invocation.Api.GetAllAsync<ConcernsOfVm>("concerns" + query, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(found, output => ConcernText.Write(found, output));
                return found.Any(v => v.Concerns.Any(c => c.Severity == ConcernSeverity.Critical)) ? ExitCode.BlockedByConcerns : ExitCode.Done;
            },
            "migrate concerns list --plan first --severity critical",
            "migrate concerns list --source vc1 --id disk.rdm");
    }

    private static Command Explain(CommandSet cli)
    {
        var id = new Argument<string?>("ID") { Arity = ArgumentArity.ZeroOrOne, Description = "e.g. disk.rdm; all of them when not given" };
        return cli.Local(
            "explain",
            "Says what a concern is about, where it comes from and whether it can be overridden. Needs no server.",
            [id, cli.AsJson],
            (invocation, _) =>
            {
                PreflightRules.Publish();
                if (invocation.Find(id) is { } one)
                {
                    var kind = ConcernViews.KindOf(ConcernCatalogue.Find(one));
                    invocation.Print(kind, output => ConcernText.Write(kind, output));
                }
                else
                {
                    var all = ConcernCatalogue.All.Select(ConcernViews.KindOf).ToList();
                    invocation.Print(all, output => ConcernText.Write(all, output));
                }

                return Task.FromResult(ExitCode.Done);
            },
            "migrate concerns explain disk.rdm",
            "migrate concerns explain");
    }

    private static Command Override(CommandSet cli)
    {
        var (id, plan, vm, by) = Which();
        var reason = new Option<string>("--reason") { Description = "why it is safe to go on; shown in the plan and its report", HelpName = "TEXT", Required = true };
        return cli.Change(
            "override",
            "Says that a Critical concern of one VM shall not block its wave. Recorded with who, when and why; other findings and a new plan lift it.",
            [id, plan, vm, reason, by],
            async (invocation, cancellationToken) =>
            {
                var given = await invocation.Api.PostAsync<OverrideView>(
                    $"plans/{Uri.EscapeDataString(invocation.Get(plan)!)}/overrides",
                    new GiveOverride(invocation.Get(vm)!, invocation.Get(id), invocation.Get(reason)!, invocation.Get(by) ?? Environment.UserName),
                    cancellationToken);
                invocation.Print(given, output => ConcernText.Write([given], output));
                return ExitCode.Done;
            },
            "migrate concerns override disk.rdm-physical --plan first --vm db01 --reason 'the mapping is unused since March'");
    }

    private static Command Overrides(CommandSet cli)
    {
        var plan = new Option<string>("--plan") { Description = "name of the plan", HelpName = "NAME", Required = true };
        var list = new ListOptions(ConcernOverrides.Orders, "the VM's name");
        return cli.Verb(
            "overrides",
            "Lists a plan's overrides, also those that were lifted, with who gave them and why.",
            list.After(plan),
            async (invocation, cancellationToken) =>
            {
                var found = await invocation.Api.GetAllAsync<OverrideView>($"plans/{Uri.EscapeDataString(invocation.Get(plan)!)}/overrides{list.Query(invocation)}", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(found, output => ConcernText.Write(found, output));
                return ExitCode.Done;
            },
            "migrate concerns overrides --plan first");
    }

    private static Command Lift(CommandSet cli)
    {
        var (id, plan, vm, by) = Which();
        var because = new Option<string>("--because") { Description = "why; kept with the record", HelpName = "TEXT", DefaultValueFactory = _ => "Taken back." };
        return cli.Change(
            "lift",
            "Takes an override back: the concern blocks again.",
            [id, plan, vm, because, by],
            async (invocation, cancellationToken) =>
            {
                var lifted = await invocation.Api.PostAsync<OverrideView>(
                    $"plans/{Uri.EscapeDataString(invocation.Get(plan)!)}/overrides/lift",
                    new LiftOverride(invocation.Get(vm)!, invocation.Get(id), invocation.Get(because)!, invocation.Get(by) ?? Environment.UserName),
                    cancellationToken);
                invocation.Print(lifted, output => ConcernText.Write([lifted], output));
                return ExitCode.Done;
            },
            "migrate concerns lift disk.rdm-physical --plan first --vm db01");
    }

    private static (Argument<string> Id, Option<string> Plan, Option<string> Vm, Option<string?> By) Which() => (
        new Argument<string>("ID") { Description = "the concern's id, e.g. disk.rdm" },
        new Option<string>("--plan") { Description = "name of the plan", HelpName = "NAME", Required = true },
        new Option<string>("--vm") { Description = "name or key of the VM", HelpName = "VM", Required = true },
        new Option<string?>("--by") { Description = "who says so (the user of this machine)", HelpName = "WHO" });
}
