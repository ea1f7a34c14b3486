using System.CommandLine;
using System.Net;
using Migrate.Api.Hosting;
using Migrate.Executor.Copy.Throttle;
using Migrate.Planner;
using Migrate.Planner.VSphere.Calls;

namespace Migrate.Api.Cli;

internal static class ServeCommand
{
    public static Command Build(CommandSet cli)
    {
        var urls = new Option<string>("--urls") { Description = "where the API listens; other than loopback only with TLS", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:7080" };
        var certificate = new Option<string?>("--tls-certificate") { Description = "PEM file with the certificate chain for an https URL", HelpName = "FILE" };
        var key = new Option<string?>("--tls-key") { Description = "PEM file with the certificate's private key", HelpName = "FILE" };
        var targetListen = new Option<IPAddress>("--target-listen")
        {
            Description = "IP address that the NVMe/TCP target listens on; a storage network, since NVMe/TCP is in clear",
            HelpName = "IP",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = result =>
            {
                if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
                {
                    return address;
                }

                result.AddError($"'{result.Tokens[0].Value}' is no IP address.");
                return null;
            },
        };
        var targetPort = new Option<int>("--target-port") { Description = "TCP port of the target; 0 for any free one", DefaultValueFactory = _ => 4420 };
        var vddk = new Option<string?>("--vddk") { Description = "directory of VMware's disk kit (VDDK), to read what /folder cannot give through nbdkit instead of exporting it", HelpName = "DIRECTORY" };
        var calls = new Option<double>("--source-calls") { Description = "calls per second that each source server's API gets at most", HelpName = "N", DefaultValueFactory = _ => new CallLimits().PerSecond };
        calls.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() is >= 1 and <= 10_000))
            {
                result.AddError("--source-calls takes 1 to 10000 calls per second.");
            }
        });
        var callsAtOnce = new Option<int>("--source-calls-at-once") { Description = "calls under way at once at each source server", HelpName = "N", DefaultValueFactory = _ => new CallLimits().AtOnce };
        callsAtOnce.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (>= 1 and <= 64))
            {
                result.AddError("--source-calls-at-once takes 1 to 64 calls.");
            }
        });
        var limits = new Option<string[]>("--limit")
        {
            Description = "what copies may take of a source host, a datastore or the link to a target, each second, perhaps at some hours: host:esx1=200MiB, datastore:ds1=50MiB,300iops@08:00-18:00; may be repeated",
            HelpName = "SCOPE:NAME=LIMIT",
            DefaultValueFactory = _ => [],
        };
        limits.Validators.Add(result =>
        {
            try
            {
                ThrottleText.Parse(result.GetValueOrDefault<string[]>() ?? []);
            }
            catch (MigrateException e)
            {
                result.AddError($"{e.Message} {e.Remedy}");
            }
        });
        var database = new DatabaseArguments();
        var copies = new Option<int>("--copies") { Description = "runs that the server itself copies at once; 0 leaves copies to workers", DefaultValueFactory = _ => 2 };
        var targetAdmin = DatabaseArguments.EndPoint("--target-admin-listen", "where workers on other machines manage the target; other than loopback only with TLS");
        return cli.Local(
            "serve",
            "Runs the server: API, jobs and the NVMe/TCP target.",
            [cli.Data, database.Database, database.File, copies, urls, certificate, key, targetListen, targetPort, targetAdmin, vddk, calls, callsAtOnce, limits],
            async (invocation, cancellationToken) =>
            {
                var options = new ServeOptions
                {
                    Data = invocation.Data,
                    Database = database.Of(invocation),
                    Copies = invocation.Get(copies),
                    TargetAdminListen = invocation.Get(targetAdmin),
                    Urls = invocation.Get(urls)!,
                    TlsCertificate = invocation.Get(certificate),
                    TlsKey = invocation.Get(key),
                    TargetListen = invocation.Get(targetListen)!,
                    TargetPort = invocation.Get(targetPort),
                    VddkDirectory = invocation.Get(vddk),
                    SourceCalls = new CallLimits { PerSecond = invocation.Get(calls), Burst = (int)(10 * invocation.Get(calls)), AtOnce = invocation.Get(callsAtOnce) },
                    Throttles = ThrottleText.Parse(invocation.Get(limits) ?? []),
                    DiscoveryPort = invocation.Get(targetPort) == 4420 ? 8009 : null,
                };
                await using var server = await MigrateServer.StartAsync(options, cancellationToken);
                invocation.Say($"migrate listens on {server.Url}; the token is in {options.Data.Token}.");
                if (server.TargetAdminAddresses.Count > 0)
                {
                    invocation.Say($"Workers manage the target at {string.Join(" or ", server.TargetAdminAddresses)}; their keys are in {options.Data.Keys}.");
                }

                await server.WaitForShutdownAsync(cancellationToken);
                return ExitCode.Done;
            },
            "migrate serve",
            "migrate serve --data /srv/migrate --target-listen 10.0.4.2",
            "migrate serve --database-file /etc/migrate/database --target-listen 10.0.4.2 --target-admin-listen 10.0.4.2:7443 --tls-certificate server.pem --tls-key server.key");
    }
}
