using System.CommandLine;
using Migrate.Api.Notifications;

namespace Migrate.Api.Cli;

internal static class NotificationCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("notification", "messages to people about runs", List(cli), Receivers(cli), Test(cli));

    private static Command List(CommandSet cli)
    {
        var state = new Option<string?>("--state") { Description = "only those that are sent, waiting or given-up", HelpName = "STATE" };
        state.AcceptOnlyFromAmong("sent", "waiting", "given-up");
        var list = new ListOptions(Messages.Orders, filter: null);
        return cli.Verb(
            "list",
            "Lists messages, newest first, with why a receiver did not take one.",
            list.After(state),
            async (invocation, cancellationToken) =>
            {
                var path = "notifications" + list.Query(invocation, ("state", invocation.Get(state)));
                Print(invocation, await invocation.Api.GetAllAsync<MessageView>(path, cancellationToken).ToListAsync(cancellationToken));
                return ExitCode.Done;
            },
            "migrate notification list",
            "migrate notification list --state given-up");
    }

    private static Command Receivers(CommandSet cli) => cli.Verb(
        "receivers",
        "Shows who is told of runs, as the server's settings have it.",
        [],
        async (invocation, cancellationToken) =>
        {
            var found = await invocation.Api.GetAsync<ReceiversView>("notifications/receivers", cancellationToken);
            invocation.Print(found, output =>
            {
                var table = new Table("RECEIVER", "BY");
                foreach (var webhook in found.Webhooks)
                {
                    table.Add(webhook, found.Signed ? "webhook, signed" : "webhook, not signed");
                }

                foreach (var address in found.MailTo)
                {
                    table.Add(address, $"e-mail from {found.MailFrom} by {found.MailServer}{(found.MailTls ? ", STARTTLS" : "")}{(found.MailLogin ? ", with a login" : "")}");
                }

                table.Write(output);
            });
            return ExitCode.Done;
        },
        "migrate notification receivers");

    private static Command Test(CommandSet cli) => cli.Change(
        "test",
        "Sends every receiver a test, once and now. Ends with 1 when one does not take it.",
        [],
        async (invocation, cancellationToken) =>
        {
            var sent = await invocation.Api.PostAsync<IReadOnlyList<MessageView>>("notifications/test", null, cancellationToken);
            Print(invocation, sent);
            return sent.All(x => x.SentAt is not null) ? ExitCode.Done : ExitCode.Failed;
        },
        "migrate notification test");

    private static void Print(Invocation invocation, IReadOnlyList<MessageView> messages) => invocation.Print(messages, output =>
    {
        var table = new Table("AT", "EVENT", "RECEIVER", "SUBJECT", "STATE", "TRIES", "WHY NOT");
        foreach (var message in messages)
        {
            table.Add(Text.Time(message.CreatedAt), message.Event, message.Receiver, message.Subject, message.State, message.Tries, message.Error ?? "");
        }

        table.Write(output);
    });
}
