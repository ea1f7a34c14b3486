using Migrate.Api.Hosting;
using Migrate.Api.Security.Proxy;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Calls;
using static Migrate.Api.Settings.SettingCatalogue;

namespace Migrate.Api.Settings;

/// <summary>Makes a process's options of its settings, and tells what does not go together.</summary>
internal static class SettingReading
{
    /// <summary>Throws <c>settings.invalid</c>.</summary>
    public static ServeOptions Serve(SettingValues values, DataDirectory data)
    {
        var database = DatabaseOf(values);
        var options = new ServeOptions
        {
            Data = data,
            InForce = SettingsInForce.Of(values),
            Database = database,
            Copies = values.Get(Copies),
            Passes = values.Get(Passes),
            CopyLimits = AtOnce(values),
            TargetAdminListen = values.Get(TargetAdminListen),
            Urls = values.Get(Urls),
            TlsCertificate = values.Get(TlsCertificate),
            TlsKey = values.Get(TlsKey),
            Proxy = ProxyOf(values),
            Notifications = NotificationReading.Of(values),
            TargetListen = values.Get(TargetListen),
            TargetPort = values.Get(TargetPort),
            TargetByTcp = values.Get(TargetByTcp),
            VddkDirectory = values.Get(Vddk),
            SourceCalls = new CallLimits { PerSecond = values.Get(SourceCalls), Burst = (int)(10 * values.Get(SourceCalls)), AtOnce = values.Get(SourceCallsAtOnce), Addresses = new SourceAddresses(values.Get(SourceNetwork)) },
            Baselines = new RetentionOptions(TimeSpan.FromDays(7 * values.Get(KeepBaselines))),
            KeyCertificates = values.Get(KeyCertificate),
            SkipSchemaBackup = values.Get(SkipSchemaBackup),
            Runs = new RunRetentionOptions(TimeSpan.FromDays(7 * values.Get(KeepRuns))),
            InventoryVersions = values.Get(InventoryVersions),
            Throttles = values.Get(Limit),
            LeaseDuration = TimeSpan.FromSeconds(values.Get(LeaseSeconds)),
            CheckpointBytes = values.Get(CheckpointMib) * (1L << 20),
            DiscoveryPort = values.Get(TargetPort) == 4420 ? 8009 : null,
        };
        // A certificate that is named and not there is told of already.
        if (values.Problems.Count == 0)
        {
            Gather(values, () => ListenRules.Check(options));
        }

        values.Check();
        return options;
    }

    /// <summary>Throws <c>settings.invalid</c>.</summary>
    public static WorkerOptions Worker(SettingValues values)
    {
        var database = DatabaseOf(values);
        if (database is null && values.Problems.Count == 0)
        {
            values.Problems.Add("a worker needs the server's PostgreSQL (--database-file, --database or MIGRATE__DATABASE); a server on SQLite works alone");
        }

        values.Check();
        return new WorkerOptions
        {
            Database = database!,
            Keys = values.Get(Keys)!,
            KeyCertificates = values.Get(KeyCertificate),
            TargetAdmin = values.Get(TargetAdmin)!,
            TargetTokenFile = values.Get(TargetTokenFile),
            TargetAuthority = values.Get(TargetCa),
            Target = values.Get(SettingCatalogue.Target),
            HealthListen = values.Get(HealthListen),
            Copies = values.Get(Copies),
            Passes = values.Get(Passes),
            CopyLimits = AtOnce(values),
            Throttles = values.Get(Limit),
            Name = values.Get(Name),
            VddkDirectory = values.Get(Vddk),
            SourceAddresses = new SourceAddresses(values.Get(SourceNetwork)),
            LeaseDuration = TimeSpan.FromSeconds(values.Get(LeaseSeconds)),
            CheckpointBytes = values.Get(CheckpointMib) * (1L << 20),
        };
    }

    private static TrustedProxy? ProxyOf(SettingValues values)
    {
        var (addresses, secret) = (values.Get(ProxyAddress), values.Get(ProxySecretFile));
        if (addresses.Count > 0 != secret is not null)
        {
            values.Problems.Add("--proxy-address and --proxy-secret-file belong together: nobody is believed by its address alone, nor by the secret alone");
            return null;
        }

        TrustedProxy? proxy = null;
        Gather(values, () => proxy = secret is null ? null : TrustedProxy.Read(addresses, secret));
        return proxy;
    }

    private static CopyLimitOptions AtOnce(SettingValues values) => new()
    {
        PerVm = values.Get(DisksPerVm),
        PerEsxHost = values.Get(DisksPerHost),
        PerDatastore = values.Get(DisksPerDatastore),
        PerLink = values.Get(DisksPerLink),
        PerDestination = values.Get(DisksPerDestination),
    };

    /// <summary>The text itself or a file that holds it, whichever is given closer to the command line.</summary>
    public static DatabaseOptions? DatabaseOf(SettingValues values)
    {
        var (text, file) = (values.Find(Database), values.Find(DatabaseFile));
        var isText = text.Origin != SettingOrigin.Default && text.Origin <= file.Origin;
        var isFile = file.Origin != SettingOrigin.Default && file.Origin <= text.Origin;
        DatabaseOptions? chosen = null;
        Gather(values, () => chosen = (isText, isFile) switch
        {
            (true, true) when text.Origin != SettingOrigin.CommandLine => throw new MigrateException(
                "database.twice", $"{text.From} and {file.From} both name a database.", "Give one of them."),
            (true, _) when text.Origin == SettingOrigin.CommandLine => DatabaseChoice.Resolve((string?)text.Value, isFile ? (string?)file.Value : null, _ => null),
            (true, _) => DatabaseChoice.Resolve(null, null, _ => (string?)text.Value),
            (_, true) => DatabaseChoice.Resolve(null, (string?)file.Value, _ => null),
            _ => null,
        });
        if (isText && text.Origin == SettingOrigin.File && values.File.IsOpen && text.Shown.EndsWith("(password not shown)", StringComparison.Ordinal))
        {
            values.Problems.Add($"{values.File.Path} holds a password and can be read or written by others: chmod 600, or chmod 640 with a group of its own, or put the connection string into a file for --database-file");
        }

        return chosen;
    }

    private static void Gather(SettingValues values, Action check)
    {
        try
        {
            check();
        }
        catch (MigrateException e)
        {
            values.Problems.Add($"{e.Message} {e.Remedy}");
        }
    }
}
