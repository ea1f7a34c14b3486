using System.CommandLine;
using Migrate.Api.Operations;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

internal static class OperationCommands
{
    private const string Example = "01a1fbaf-6b05-77c9-8192-a39457ff049b";

    public static Command Build(CommandSet cli) => CommandSet.Noun(
        "operation", "long work of the server: synchronisations, checks, probes, comparisons of disks, waves that are planned", List(cli), Show(cli), Wait(cli), Cancel(cli));

    private static Argument<Guid> Id() => new("ID") { Description = "as 'migrate operation list' names it" };

    private static Command List(CommandSet cli)
    {
        var state = new Option<OperationState?>("--state") { HelpName = "STATE", Description = "only these: Queued, Running, Succeeded, Failed, Cancelled or Interrupted" };
        var kind = new Option<OperationKind?>("--kind") { HelpName = "KIND", Description = $"only these: {string.Join(", ", Enum.GetNames<OperationKind>())}" };
        var subject = new Option<string?>("--subject") { HelpName = "TEXT", Description = "part of what it is done to, e.g. sources/vc1" };
        var list = new ListOptions(OperationViews.Orders, filter: null);
        return cli.Verb(
            "list",
            "Lists operations, newest first.",
            list.After(state, kind, subject),
            async (invocation, cancellationToken) =>
            {
                var path = "operations" + list.Query(invocation, ("state", invocation.Get(state)), ("kind", invocation.Get(kind)), ("subject", invocation.Get(subject)));
                var operations = await invocation.Api.GetAllAsync<OperationView>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(operations, output =>
                {
                    var table = new Table("ID", "KIND", "SUBJECT", "STATE", "BY", "ASKED", "ENDED", "PROBLEM");
                    foreach (var one in operations)
                    {
                        table.Add(one.Id, one.Kind, one.Subject, one.State, one.StartedBy, Text.Time(one.CreatedAt), Text.Time(one.FinishedAt), one.Problem?.Code);
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate operation list --state Running",
            "migrate operation list --kind CheckPlan --subject plans/first");
    }

    private static Command Show(CommandSet cli)
    {
        var id = Id();
        return cli.Verb(
            "show",
            "Shows an operation: how far it is, or what came of it.",
            [id],
            async (invocation, cancellationToken) =>
            {
                Print(invocation, await FindAsync(invocation, id, cancellationToken));
                return ExitCode.Done;
            },
            $"migrate operation show {Example}");
    }

    private static Command Wait(CommandSet cli)
    {
        var id = Id();
        return cli.Verb(
            "wait",
            "Waits for the end of an operation and shows what came of it. Exits as the command that began it would have: 1 when it failed or a disk differs, 3 when a check found anything Critical; Ctrl-C stops waiting, not the operation.",
            [id],
            async (invocation, cancellationToken) =>
            {
                var end = await OperationWatch.EndAsync(invocation, await FindAsync(invocation, id, cancellationToken), cancellationToken);
                Print(invocation, end);
                return end is { State: OperationState.Succeeded, Result: { } result } ? OperationExit.Of(result) : ExitCode.Failed;
            },
            $"migrate operation wait {Example}");
    }

    private static Command Cancel(CommandSet cli)
    {
        var id = Id();
        return cli.Change(
            "cancel",
            "Stops an operation; started again it does anew what it had not finished.",
            [id],
            async (invocation, cancellationToken) =>
            {
                Print(invocation, await invocation.Api.PostAsync<OperationView>($"operations/{invocation.Get(id)}/cancel", null, cancellationToken));
                return ExitCode.Done;
            },
            $"migrate operation cancel {Example}");
    }

    private static Task<OperationView> FindAsync(Invocation invocation, Argument<Guid> id, CancellationToken cancellationToken) =>
        invocation.Api.GetAsync<OperationView>($"operations/{invocation.Get(id)}", cancellationToken);

    private static void Print(Invocation invocation, OperationView operation) => invocation.Print(operation, output =>
    {
        var table = new Table("OPERATION", operation.Id.ToString())
            .Add("kind", operation.Kind)
            .Add("subject", operation.Subject)
            .Add("state", operation.State)
            .Add("asked for", $"{Text.Time(operation.CreatedAt)} by {operation.StartedBy}")
            .Add("started", Text.Time(operation.StartedAt))
            .Add("ended", Text.Time(operation.FinishedAt));
        _ = operation.Progress is { } progress ? table.Add("progress", progress) : table;
        _ = operation.State == OperationState.Succeeded ? table.Add("result", OperationWords.Of(operation)) : table;
        if (operation.Problem is { } problem)
        {
            table.Add("problem", $"{problem.Title} ({problem.Code})");
            foreach (var line in problem.Errors.Concat(problem.LeftBehind))
            {
                table.Add("", line);
            }

            table.Add("remedy", problem.Remedy);
        }

        table.Write(output);
    });
}
