using System.CommandLine;
using Migrate.Api.Hosting;

namespace Migrate.Api.Cli;

internal static class VersionCommand
{
    public static Command Build(CommandSet cli)
    {
        var server = new Option<bool>("--of-server") { Description = "that of the server instead, which may be another" };
        return cli.Verb(
            "version",
            "Prints the version of this program; needs no server, unless its version is asked for.",
            [server],
            async (invocation, cancellationToken) =>
            {
                var version = invocation.Get(server) ? await invocation.Api.GetAsync<VersionView>("version", cancellationToken) : new VersionView(ProductVersion.Value);
                invocation.Print(version, output => output.WriteLine($"migrate {version.Version}"));
                return ExitCode.Done;
            },
            "migrate version --json",
            "migrate version --of-server");
    }

    public static Command Components(CommandSet cli)
    {
        var list = new ListOptions(ShippedComponents.Orders);
        return cli.Verb(
            "components",
            "Lists the packages of others that the server is built of, with their licences.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var components = await invocation.Api.GetAllAsync<ComponentView>("components" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(components, output =>
                {
                    var table = new Table("COMPONENT", "VERSION", "LICENCE");
                    foreach (var component in components)
                    {
                        table.Add(component.Name, component.Version, component.Licence);
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate components",
            "migrate components --filter sqlite --json");
    }
}
