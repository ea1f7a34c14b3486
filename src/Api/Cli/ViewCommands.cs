using System.CommandLine;
using Migrate.Api.Views;

namespace Migrate.Api.Cli;

internal static class ViewCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("view", "saved filters and orders of lists, as pages offer them", List(cli), Save(cli), Remove(cli));

    private static Command List(CommandSet cli)
    {
        var list = new Option<string?>("--list") { Description = "only of inventory or runs", HelpName = "LIST" };
        list.AcceptOnlyFromAmong([.. ViewLists.Parameters.Keys]);
        var options = new ListOptions(ViewStore.Orders);
        return cli.Verb(
            "list",
            "Lists one's own views and those that are shared.",
            options.After(list),
            async (invocation, cancellationToken) =>
            {
                Print(invocation, await invocation.Api.GetAllAsync<SavedViewView>("views" + options.Query(invocation, ("list", invocation.Get(list))), cancellationToken).ToListAsync(cancellationToken));
                return ExitCode.Done;
            },
            "migrate view list");
    }

    private static Command Save(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "how it is offered; one's own of this name is replaced" };
        var list = new Option<string>("--list") { Description = "inventory or runs", HelpName = "LIST", Required = true };
        list.AcceptOnlyFromAmong([.. ViewLists.Parameters.Keys]);
        var query = new Option<string>("--query") { Description = "what stands in the page's address after the question mark", HelpName = "QUERY", Required = true };
        var shared = new Option<bool>("--shared") { Description = "everybody sees it; takes an operator" };
        return cli.Change(
            "save",
            "Keeps filter and order of a list under a name.",
            [name, list, query, shared],
            async (invocation, cancellationToken) =>
            {
                Print(invocation, [await invocation.Api.PostAsync<SavedViewView>("views", new SaveView(invocation.Get(list)!, invocation.Get(name), invocation.Get(query)!, invocation.Get(shared)), cancellationToken)]);
                return ExitCode.Done;
            },
            "migrate view save large --list inventory --query 'source=dc1&sort=-capacity'",
            "migrate view save 'failed tonight' --list runs --query phase=Failed --shared");
    }

    private static Command Remove(CommandSet cli)
    {
        var id = new Argument<Guid>("ID") { Description = "as 'migrate view list' names it" };
        return cli.Removal(
            "remove",
            "Removes one's own view; an administrator also those that others share.",
            [id],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DeleteAsync($"views/{invocation.Get(id)}", cancellationToken);
                invocation.Say($"Removed view {invocation.Get(id)}.");
                return ExitCode.Done;
            },
            "migrate view remove 0b6b7a3e-5c11-4a53-9c0f-2f7b6a1f2d11");
    }

    private static void Print(Invocation invocation, IReadOnlyList<SavedViewView> views) => invocation.Print(views, output =>
    {
        var table = new Table("ID", "LIST", "NAME", "QUERY", "OF", "SAVED");
        foreach (var view in views)
        {
            table.Add(view.Id, view.List, view.Name, view.Query, view.Shared ? $"{view.Owner}, shared" : view.Owner, Text.Time(view.SavedAt));
        }

        table.Write(output);
    });
}
