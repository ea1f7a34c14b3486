using System.Net;
using System.Security.Cryptography.X509Certificates;
using Migrate.Api.Security;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Calls;
using static Migrate.Api.Settings.SettingKinds;

namespace Migrate.Api.Settings;

/// <summary>
/// Every setting of <c>migrate serve</c> and <c>migrate worker run</c>: options, variables, the file, help, <c>config show</c> and docs/settings.md are made
/// of this list. To add one: an entry here, a property of ServeOptions or WorkerOptions, and one line in SettingReading.
/// </summary>
internal static class SettingCatalogue
{
    private static readonly CopyLimitOptions Usual = new();

    public static readonly Setting<string?> Data = Words("data", "DIR", "data directory of the server") with
    {
        Default = "/var/lib/migrate for root, else ~/.local/state/migrate",
        OlderVariable = "MIGRATE_DATA",
    };

    public static readonly Setting<string?> Database = Words(
        "database", "CONNECTION", "PostgreSQL shared with workers, e.g. \"Host=db1;Database=migrate;Username=migrate\"; with a password only in the environment or in a file that is closed to others") with
    {
        Default = "the data directory's SQLite file",
        Readers = SettingReaders.Both,
        IsSecret = true,
        OlderVariable = Hosting.DatabaseChoice.Variable,
    };

    public static readonly Setting<string?> DatabaseFile = Words("database-file", "FILE", "file with the connection string, password included; closed to others (chmod 600)") with { Readers = SettingReaders.Both };

    public static readonly Setting<bool> SkipSchemaBackup = Flag("skip-schema-backup", "a PostgreSQL is not dumped into the data directory before a new version changes its tables: somebody else backs it up");

    public static readonly Setting<string> Urls = WordsOr("urls", "URL", "where the API listens, more than one with semicolons between; other than loopback only with TLS", "http://127.0.0.1:7080");

    public static readonly Setting<string?> TlsCertificate = FileThere("tls-certificate", "PEM file with the certificate chain for https URLs");

    public static readonly Setting<string?> TlsKey = FileThere("tls-key", "PEM file with the certificate's private key");

    public static readonly Setting<IReadOnlyList<IPAddress>> ProxyAddress = new(
        "proxy-address",
        "address of a reverse proxy that authenticates people and names them in X-Migrate-User (docs/security.md); may be repeated",
        [],
        texts => [.. texts.Select(x => IPAddress.TryParse(x, out var address) ? address : throw new FormatException($"'{x}' is no IP address"))])
    { Form = "IP", IsList = true };

    public static readonly Setting<string?> ProxySecretFile = FileThere("proxy-secret-file", "file with the secret, 32 characters or more, that this proxy sends as X-Migrate-Proxy-Secret");

    public static readonly Setting<IPAddress> TargetListen = Address("target-listen", "IP address that the NVMe/TCP target listens on; a storage network, since NVMe/TCP is in clear", IPAddress.Loopback);

    public static readonly Setting<int> TargetPort = Count("target-port", "TCP port of the target; 0 for any free one", 4420, 0, 65535);

    public static readonly Setting<IPEndPoint?> TargetAdminListen = EndPoint("target-admin-listen", "where workers on other machines manage the target; other than loopback only with TLS");

    public static readonly Setting<bool> TargetByTcp = Flag("target-by-tcp", "the server's own copies write to its target by NVMe/TCP, too, as workers elsewhere do; slower");

    public static readonly Setting<string?> Vddk = Words("vddk", "DIRECTORY", "directory of VMware's disk kit (VDDK), to read what /folder cannot give through nbdkit instead of exporting it") with { Readers = SettingReaders.Both };

    public static readonly Setting<double> SourceCalls = Rate("source-calls", "calls that each source server's API gets at most", new CallLimits().PerSecond, 1, 10_000, "calls per second");

    public static readonly Setting<int> SourceCallsAtOnce = Count("source-calls-at-once", "calls under way at once at each source server", new CallLimits().AtOnce, 1, 64, "calls");

    public static readonly Setting<IReadOnlyList<IPNetwork>> SourceNetwork = new(
        "source-network",
        "network in which sources are; others are not connected to, whoever adds them; may be repeated",
        [],
        texts => [.. texts.Select(x => IPNetwork.TryParse(x, out var network) ? network : throw new FormatException($"'{x}' is no network like 10.1.0.0/16"))])
    { Form = "ADDRESS/BITS", IsList = true, Readers = SettingReaders.Both, Default = "all but link-local and multicast" };

    public static readonly Setting<int> InventoryVersions = Count(
        "inventory-versions", "inventory versions of each source that are kept, besides those of plans; 0 keeps all", InventoryStore.UsualVersions, 0, 1_000_000, "versions");

    public static readonly Setting<int> KeepBaselines = Count(
        "keep-baselines", "how long collected samples are kept; figures are made of the least", (int)(RetentionOptions.Default.Kept.TotalDays / 7), (int)(RetentionOptions.Least.TotalDays / 7), 522, "weeks");

    public static readonly Setting<int> KeepRuns = Count(
        "keep-runs", "how long the log and the observed intervals of runs that are over are kept; the runs, their hashes and verdicts stay", (int)(RunRetentionOptions.Default.Kept.TotalDays / 7), (int)(RunRetentionOptions.Least.TotalDays / 7), 1043, "weeks");

    public static readonly Setting<string?> Keys = Words("keys", "DIR", "the 'keys' folder of the server's data directory, shared or copied") with { Readers = SettingReaders.Worker, IsRequired = true };

    public static readonly Setting<IReadOnlyList<X509Certificate2>> KeyCertificate = new(
        "key-certificate",
        "PEM file with a certificate (RSA) and its private key, to which the keys in 'keys' are encrypted; repeated for former ones, which still open theirs",
        [],
        texts => [.. texts.Select(KeyCertificates.Read)])
    { Form = "FILE", Bounds = "a file closed to others", IsList = true, Readers = SettingReaders.Both };

    public static readonly Setting<string?> TargetAdmin = Words("target-admin", "PATH|URL", "admin API of the server's target: path of target.sock, or https://HOST:PORT") with { Readers = SettingReaders.Worker, IsRequired = true };

    public static readonly Setting<string?> TargetTokenFile = Words("target-token-file", "FILE", "copy of target.token from the server's data directory, for a URL") with { Readers = SettingReaders.Worker };

    public static readonly Setting<string?> TargetCa = FileThere("target-ca", "PEM file with the certificate that the admin API's must be or be issued by") with { Readers = SettingReaders.Worker };

    public static readonly Setting<IPEndPoint?> Target = EndPoint("target", "where this machine reaches the target by NVMe/TCP, if not where it says itself") with { Readers = SettingReaders.Worker };

    public static readonly Setting<IPEndPoint?> HealthListen = new(
        "health-listen", "where this worker answers /healthz, /readyz and /metrics; on this machine only, as it asks nobody who they are", null,
        texts => IPEndPoint.TryParse(One(texts), out var endPoint) && One(texts).Contains(':', StringComparison.Ordinal) && IPAddress.IsLoopback(endPoint.Address)
            ? endPoint
            : throw new FormatException($"'{One(texts)}' is no loopback address with a port, as 127.0.0.1:7081"))
    { Form = "IP:PORT", Bounds = "a loopback address", Readers = SettingReaders.Worker };

    public static readonly Setting<string?> Name = Words("name", "NAME", "what lists call this worker") with { Readers = SettingReaders.Worker, Default = "its machine and process" };

    public static readonly Setting<int> Copies = Both(Count("copies", "runs to copy at once; 0 leaves copies to others", 2, 0, 1000, "runs"));

    public static readonly Setting<int> Passes = Both(Count("passes", "passes of warm runs to make at once; 0 leaves them to others", 4, 0, 1000, "passes"));

    public static readonly Setting<int> DisksPerVm = Both(Count("disks-per-vm", "disks of one VM to copy at once", Usual.PerVm, 1, 1000, "disks"));

    public static readonly Setting<int> DisksPerHost = Both(Count("disks-per-host", "disks to copy at once from one ESXi host", Usual.PerEsxHost, 1, 1000, "disks"));

    public static readonly Setting<int> DisksPerDatastore = Both(Count("disks-per-datastore", "disks to copy at once from one datastore", Usual.PerDatastore, 1, 1000, "disks"));

    public static readonly Setting<int> DisksPerLink = Both(Count("disks-per-link", "disks to copy at once to one address of the target", Usual.PerLink, 1, 1000, "disks"));

    public static readonly Setting<int> DisksPerDestination = Both(Count("disks-per-destination", "disks to copy at once to one KVM host", Usual.PerDestination, 1, 1000, "disks"));

    public static readonly Setting<IReadOnlyDictionary<ThrottleKey, ThrottleProfile>> Limit = new(
        "limit",
        "what copies may take of a source host, a datastore or the link to a target: host:vc1.example=200MiB each second (the vCenter or ESXi host that the source is, or the ESXi host on which a VM is), "
        + "datastore:ds1=50MiB,300iops@08:00-18:00, datastore:*=20ms to back off from a datastore's latency; may be repeated. The server's are for all processes together, and stored as by 'migrate limits set'; a worker's for that worker alone, beside them",
        new Dictionary<ThrottleKey, ThrottleProfile>(),
        ThrottleText.Parse)
    { Form = "SCOPE:NAME=LIMIT", IsList = true, Readers = SettingReaders.Both };

    public static readonly Setting<string?> LogFormat = Choice("log-format", "how the log is written to standard error: lines for people, or a JSON object for each entry", "text", "text", "json") with
    {
        Readers = SettingReaders.Both,
        OlderVariable = "MIGRATE_LOG_FORMAT",
    };

    public static readonly Setting<IReadOnlyList<Uri>> NotifyWebhook = new(
        "notify-webhook", "where runs that are ready, failed, judged or stalled are told of by HTTP POST (docs/notifications.md); may be repeated", [], texts => [.. texts.Select(NotificationReading.Webhook)])
    { Form = "URL", Bounds = "https, or http on this machine", IsList = true, IsSecret = true };

    public static readonly Setting<string?> NotifySecretFile = FileThere("notify-secret-file", "file with the key that signs webhooks (HMAC-SHA256); closed to others");

    public static readonly Setting<IReadOnlyList<string>> NotifyMail = new(
        "notify-mail", "who is told of the same by e-mail; may be repeated", [], texts => [.. texts.Select(NotificationReading.Address)])
    { Form = "ADDRESS", IsList = true };

    public static readonly Setting<string?> MailFrom = new("mail-from", "whom e-mails are from", null, texts => NotificationReading.Address(One(texts))) { Form = "ADDRESS" };

    public static readonly Setting<string?> SmtpServer = Words("smtp-server", "HOST[:PORT]", "server that takes e-mails; port 25 if none is named");

    public static readonly Setting<bool> SmtpTls = Flag("smtp-tls", "e-mails are handed over by STARTTLS only");

    public static readonly Setting<string?> SmtpUser = Words("smtp-user", "USER", "who logs in there");

    public static readonly Setting<string?> SmtpPasswordFile = FileThere("smtp-password-file", "file with that user's password; closed to others");

    public static readonly Setting<int> LeaseSeconds = Both(Count("lease-seconds", "time after which what this process was at when it died goes on", 30, 3, 600, "seconds")) with { IsHidden = true };

    public static readonly Setting<int> CheckpointMib = Both(Count("checkpoint-mib", "data that a copy sends between two checkpoints", 256, 1, 4096, "MiB")) with { IsHidden = true };

    public static IReadOnlyList<Setting> All { get; } =
    [
        Data, Database, DatabaseFile, SkipSchemaBackup, Urls, TlsCertificate, TlsKey, ProxyAddress, ProxySecretFile, TargetListen, TargetPort, TargetAdminListen, TargetByTcp, Vddk, SourceCalls, SourceCallsAtOnce, SourceNetwork,
        InventoryVersions, KeepBaselines, KeepRuns, Keys, KeyCertificate, TargetAdmin, TargetTokenFile, TargetCa, Target, HealthListen, Name, Copies, Passes, DisksPerVm, DisksPerHost, DisksPerDatastore, DisksPerLink,
        DisksPerDestination, Limit, LogFormat, NotifyWebhook, NotifySecretFile, NotifyMail, MailFrom, SmtpServer, SmtpTls, SmtpUser, SmtpPasswordFile, LeaseSeconds, CheckpointMib,
    ];

    public static IEnumerable<Setting> Of(SettingReaders readers) => All.Where(x => (x.Readers & readers) != 0);

    private static Setting<int> Both(Setting<int> setting) => setting with { Readers = SettingReaders.Both };
}
