using System.CommandLine;
using Migrate.Api.Doctor;
using Migrate.Api.Hosting;
using Migrate.Api.Settings;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>Looks at an installation from this machine, whether its server runs or not.</summary>
internal static class DoctorCommand
{
    public static Command Build(CommandSet cli)
    {
        var settings = new SettingArguments(cli, SettingReaders.Serve);
        return cli.Local(
            "doctor",
            "Looks at settings, data, database, certificates, sources and programs of this machine's server, and says what to do about what is wrong; ends with 1 when something fails.",
            [.. settings.All, cli.AsJson],
            async (invocation, cancellationToken) =>
            {
                var findings = await ExamineAsync(settings.Read(invocation), invocation, cancellationToken);
                invocation.Print(findings, output => Write(findings, output));
                return findings.Any(x => x.Status == FindingStatus.Fail) ? ExitCode.Failed : ExitCode.Done;
            },
            "migrate doctor",
            "migrate doctor --json");
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(SettingValues values, Invocation invocation, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var data = DataDirectory.Resolve(values.Get(SettingCatalogue.Data), invocation.Terminal.Environment, Environment.IsPrivilegedProcess);
        List<Finding> findings = [];
        ServeOptions? options = null;
        DatabaseOptions? shared = null;
        try
        {
            options = SettingReading.Serve(values, data);
            shared = options.Database;
            findings.Add(Finding.Ok("settings", values.File.IsThere ? $"as in {values.File.Path}, environment and defaults" : "by environment and defaults; there is no file"));
        }
        catch (SettingsException e)
        {
            findings.AddRange(e.Problems.Select(x => Finding.Fail("settings", x, "See docs/settings.md and 'migrate config show'.")));
        }

        findings.AddRange(DataFindings.OfDirectory(data));
        var database = await DataFindings.OfDatabaseAsync(data, shared, cancellationToken);
        findings.Add(database);
        if (options is not null)
        {
            var server = await OfServerAsync(data, cancellationToken);
            findings.Add(server);
            findings.AddRange(server.Status == FindingStatus.Warn ? MachineFindings.OfPorts(options) : []);
            findings.Add(MachineFindings.OfTargetNetwork(options));
            findings.AddRange(options.TlsCertificate is { } certificate ? [CertificateFindings.OfServer(certificate, now)] : Array.Empty<Finding>());
        }

        if (database.Status == FindingStatus.Ok)
        {
            findings.AddRange(await CertificateFindings.OfSourcesAsync(shared ?? DatabaseOptions.Sqlite(data.Database), now, cancellationToken));
        }

        findings.Add(await MachineFindings.OfClockAsync(cancellationToken));
        findings.Add(MachineFindings.OfKvm());
        findings.Add(await MachineFindings.OfLibvirtAsync(cancellationToken));
        findings.AddRange(MachineFindings.OfPrograms(invocation.Terminal.Environment));
        return findings;
    }

    private static async Task<Finding> OfServerAsync(DataDirectory data, CancellationToken cancellationToken)
    {
        const string Remedy = "systemctl start migrate, or 'migrate serve'.";
        if (!File.Exists(data.ServerUrl))
        {
            return Finding.Warn("server", "It does not run.", Remedy);
        }

        var url = (await File.ReadAllTextAsync(data.ServerUrl, cancellationToken)).Trim();
        try
        {
            using var client = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown is not null }) { Timeout = TimeSpan.FromSeconds(15) };
            using var answer = await client.GetAsync($"{url.TrimEnd('/')}/readyz", cancellationToken);
            return answer.IsSuccessStatusCode
                ? Finding.Ok("server", $"{url} is ready")
                : Finding.Fail("server", $"{url} answers that it is not ready ({(int)answer.StatusCode}).", "Ask it with the token what it lacks: /readyz; and see its log: journalctl -u migrate.");
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or InvalidOperationException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Finding.Warn("server", $"{url} does not answer: {e.Message}", Remedy);
        }
    }

    private static void Write(IReadOnlyList<Finding> findings, TextWriter output)
    {
        foreach (var finding in findings)
        {
            output.WriteLine($"{finding.Status.ToString().ToLowerInvariant(),-4}  {Table.Clean(finding.Name)}: {Table.Clean(finding.Detail)}");
            if (finding.Remedy is not null)
            {
                output.WriteLine($"      {Table.Clean(finding.Remedy)}");
            }
        }

        output.WriteLine();
        output.WriteLine(string.Join(", ", Enum.GetValues<FindingStatus>().Select(x => $"{findings.Count(y => y.Status == x)} {x.ToString().ToLowerInvariant()}")));
    }
}
