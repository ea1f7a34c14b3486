using System.CommandLine;
using System.Net;
using Migrate.Api.Hosting;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>How the commands that run processes are told which database.</summary>
internal sealed class DatabaseArguments
{
    public Option<string?> Database { get; } = new("--database")
    {
        Description = $"PostgreSQL shared with workers, e.g. \"Host=db1;Database=migrate;Username=migrate\", without a password ({DatabaseChoice.Variable} may have one)",
        HelpName = "CONNECTION",
    };

    public Option<string?> File { get; } = new("--database-file") { Description = "file with the connection string, password included; closed to others (chmod 600)", HelpName = "FILE" };

    public DatabaseOptions? Of(Invocation invocation) => DatabaseChoice.Resolve(invocation.Get(Database), invocation.Get(File), invocation.Terminal.Environment);

    public static Option<IPEndPoint?> EndPoint(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "IP:PORT",
        CustomParser = result =>
        {
            if (IPEndPoint.TryParse(result.Tokens[0].Value, out var endPoint) && endPoint.Port >= 0)
            {
                return endPoint;
            }

            result.AddError($"'{result.Tokens[0].Value}' is no IP address with a port.");
            return null;
        },
    };
}
