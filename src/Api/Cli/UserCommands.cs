using System.CommandLine;
using Migrate.Api.Security.Accounts;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

internal static class UserCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("user", "people who log in, and what they may do", List(cli), Show(cli), Add(cli), Update(cli));

    private static Command List(CommandSet cli)
    {
        var list = new ListOptions(Users.Orders);
        return cli.Verb(
            "list",
            "Lists users.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                Print(invocation, await invocation.Api.GetAllAsync<UserView>("users" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken));
                return ExitCode.Done;
            },
            "migrate user list");
    }

    private static Command Show(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "as 'migrate user list' names it" };
        return cli.Verb(
            "show",
            "Shows one user.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var user = await invocation.Api.GetAsync<UserView>($"users/{Uri.EscapeDataString(invocation.Get(name))}", cancellationToken);
                invocation.Print(user, output => Write([user], output));
                return ExitCode.Done;
            },
            "migrate user show ana");
    }

    private static Command Add(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "to log in with; kept in lower case" };
        var role = new Option<Role>("--role") { Description = "Viewer looks; Operator plans and copies; Approver lets VMs go down, come back, and accepts risks; Admin has sources, hosts and accounts", HelpName = "ROLE", Required = true };
        var password = PasswordFile();
        var none = new Option<bool>("--no-password") { Description = "comes only through the proxy that authenticates" };
        return cli.Change(
            "add",
            "Adds somebody who may log in.",
            [name, role, password, none],
            async (invocation, cancellationToken) =>
            {
                if (invocation.Get(password) is null != invocation.Get(none))
                {
                    throw new CommandFailure(ExitCode.Usage, "Give either --password-file or --no-password.", "A file, because a password on the command line is seen by everybody on the machine.");
                }

                Print(invocation, [await invocation.Api.PostAsync<UserView>("users", new AddUser(invocation.Get(name), invocation.Get(role), Password(invocation, password)), cancellationToken)]);
                return ExitCode.Done;
            },
            "migrate user add ana --role Operator --password-file ana.password");
    }

    private static Command Update(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "as 'migrate user list' names it" };
        var role = new Option<Role?>("--role") { Description = "Viewer, Operator, Approver or Admin", HelpName = "ROLE" };
        var password = PasswordFile();
        var disable = new Option<bool>("--disable") { Description = "can do nothing any more, from now on" };
        var enable = new Option<bool>("--enable") { Description = "takes that back" };
        return cli.Change(
            "update",
            "Changes a user's role or password, or disables it; its sessions end.",
            [name, role, password, disable, enable],
            async (invocation, cancellationToken) =>
            {
                if (invocation.Get(disable) && invocation.Get(enable))
                {
                    throw new CommandFailure(ExitCode.Usage, "--disable and --enable exclude each other.", "Give one of them.");
                }

                bool? disabled = invocation.Get(disable) ? true : invocation.Get(enable) ? false : null;
                Print(invocation, [await invocation.Api.PatchAsync<UserView>(
                    $"users/{Uri.EscapeDataString(invocation.Get(name))}", new UpdateUser(invocation.Get(role), Password(invocation, password), disabled), cancellationToken)]);
                return ExitCode.Done;
            },
            "migrate user update ana --role Approver",
            "migrate user update ana --disable");
    }

    private static Option<string?> PasswordFile() => new("--password-file") { Description = "file whose first line is the password, 12 characters or more", HelpName = "FILE" };

    private static string? Password(Invocation invocation, Option<string?> file) => invocation.Get(file) is { } path ? SourceCommands.Password(invocation, path) : null;

    private static void Print(Invocation invocation, IReadOnlyList<UserView> users) => invocation.Print(users, output => Write(users, output));

    private static void Write(IReadOnlyList<UserView> users, TextWriter output)
    {
        var table = new Table("NAME", "ROLE", "LOGS IN BY", "SINCE", "LAST SEEN", "STATE");
        foreach (var user in users)
        {
            table.Add(user.Name, user.Role.ToString(), user.HasPassword ? "password" : "proxy", Text.Time(user.CreatedAt), Text.Time(user.SeenAt), user.DisabledAt is null ? "" : "disabled");
        }

        table.Write(output);
    }
}
