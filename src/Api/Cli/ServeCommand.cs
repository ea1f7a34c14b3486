using System.CommandLine;
using Migrate.Api.Hosting;
using Migrate.Api.Settings;

namespace Migrate.Api.Cli;

internal static class ServeCommand
{
    public static Command Build(CommandSet cli)
    {
        var settings = new SettingArguments(cli, SettingReaders.Serve);
        return cli.Local(
            "serve",
            "Runs the server: API, jobs and the NVMe/TCP target.",
            settings.All,
            async (invocation, cancellationToken) =>
            {
                var values = settings.Read(invocation);
                var options = SettingArguments.Checked(() => SettingReading.Serve(values, DataDirectory.Resolve(values.Get(SettingCatalogue.Data), invocation.Terminal.Environment, Environment.IsPrivilegedProcess)));
                await using var server = await MigrateServer.StartAsync(options, cancellationToken, ServerLogging.As(values.Get(SettingCatalogue.LogFormat)));
                invocation.Say($"migrate listens on {server.Url}; the token is in {options.Data.Token}.");
                if (server.TargetAdminAddresses.Count > 0)
                {
                    invocation.Say($"Workers manage the target at {string.Join(" or ", server.TargetAdminAddresses)}; their keys are in {options.Data.Keys}.");
                }

                using var stopping = ServiceManager.Tell(server.Services);
                await server.WaitForShutdownAsync(cancellationToken);
                return ExitCode.Done;
            },
            "migrate serve",
            "migrate serve --data /srv/migrate --target-listen 10.0.4.2",
            "migrate serve --database-file /etc/migrate/database --target-listen 10.0.4.2 --target-admin-listen 10.0.4.2:7443 --tls-certificate server.pem --tls-key server.key");
    }
}
