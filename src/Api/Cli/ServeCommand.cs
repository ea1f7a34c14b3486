using System.CommandLine;
using System.Net;
using Migrate.Api.Hosting;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Inventory;
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
        var byTcp = new Option<bool>("--target-by-tcp") { Description = "the server's own copies write to its target by NVMe/TCP, too, as workers elsewhere do; slower" };
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
        var versions = new Option<int>("--inventory-versions")
        {
            Description = "inventory versions of each source that are kept, besides those of plans; 0 keeps all",
            HelpName = "N",
            DefaultValueFactory = _ => InventoryStore.UsualVersions,
        };
        versions.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError("--inventory-versions takes 0 or more versions.");
            }
        });
        var weeks = new Option<int>("--keep-baselines")
        {
            Description = "weeks for which collected samples are kept",
            HelpName = "WEEKS",
            DefaultValueFactory = _ => (int)(RetentionOptions.Default.Kept.TotalDays / 7),
        };
        weeks.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() * 7 is var days && (days < RetentionOptions.Least.TotalDays || days > 3660))
            {
                result.AddError($"--keep-baselines takes {RetentionOptions.Least.TotalDays / 7:0} weeks (figures are made of so many) to 522.");
            }
        });
        var database = new DatabaseArguments();
        var copying = new CopyArguments("what copies of all processes together may take of a source host, a datastore or the link to a target; stored, as by 'migrate limits set'");
        var targetAdmin = DatabaseArguments.EndPoint("--target-admin-listen", "where workers on other machines manage the target; other than loopback only with TLS");
        var lease = new Option<int>("--lease-seconds") { Description = "seconds after which what this server was at when it died goes on", DefaultValueFactory = _ => 30, Hidden = true };
        var checkpoint = new Option<int>("--checkpoint-mib") { Description = "MiB that a copy sends between two checkpoints", DefaultValueFactory = _ => 256, Hidden = true };
        return cli.Local(
            "serve",
            "Runs the server: API, jobs and the NVMe/TCP target.",
            [cli.Data, database.Database, database.File, urls, certificate, key, targetListen, targetPort, targetAdmin, byTcp, vddk, calls, callsAtOnce, versions, weeks, lease, checkpoint, .. copying.All],
            async (invocation, cancellationToken) =>
            {
                var options = new ServeOptions
                {
                    Data = invocation.Data,
                    Database = database.Of(invocation),
                    Copies = copying.Copies(invocation),
                    Passes = copying.Passes(invocation),
                    CopyLimits = copying.AtOnce(invocation),
                    TargetAdminListen = invocation.Get(targetAdmin),
                    Urls = invocation.Get(urls)!,
                    TlsCertificate = invocation.Get(certificate),
                    TlsKey = invocation.Get(key),
                    TargetListen = invocation.Get(targetListen)!,
                    TargetPort = invocation.Get(targetPort),
                    TargetByTcp = invocation.Get(byTcp),
                    VddkDirectory = invocation.Get(vddk),
                    SourceCalls = new CallLimits { PerSecond = invocation.Get(calls), Burst = (int)(10 * invocation.Get(calls)), AtOnce = invocation.Get(callsAtOnce) },
                    Baselines = new RetentionOptions(TimeSpan.FromDays(7 * invocation.Get(weeks))),
                    InventoryVersions = invocation.Get(versions),
                    Throttles = copying.Throttles(invocation),
                    LeaseDuration = TimeSpan.FromSeconds(Math.Clamp(invocation.Get(lease), 3, 600)),
                    CheckpointBytes = Math.Clamp(invocation.Get(checkpoint), 1, 4096) * (1L << 20),
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
