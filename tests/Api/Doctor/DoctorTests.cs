using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Migrate.Api.Doctor;
using Migrate.Api.Hosting;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Doctor;

/// <summary>What is wrong with an installation is found, named, and told how to mend.</summary>
public sealed class DoctorTests(RunningServer server) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-doctor-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_sound_server_has_nothing_of_its_own_that_fails()
    {
        var result = await server.RunWithAsync(new() { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! }, "doctor", "--json");
        var findings = JsonNode.Parse(result.Out)!.AsArray().ToLookup(x => x!["name"]!.GetValue<string>(), x => x!["status"]!.GetValue<string>());
        foreach (var name in (string[])["settings", "data directory", "admin token", .. ChosenDatabase.IsPostgres ? Array.Empty<string>() : ["database file"], "signing key", "keys", "database", "server", "libvirt library", "qemu-img"])
        {
            findings[name].ShouldBe(["Ok"], $"{name}: {result.Out}");
        }

        (await server.RunAsync("doctor")).Out.ShouldMatch(@"\d+ ok, \d+ warn, \d+ fail");
    }

    [Fact]
    public async Task What_is_open_occupied_or_damaged_fails_with_a_remedy()
    {
        var data = new DataDirectory(Path.Combine(_directory, "data"));
        await using (await MigrateServer.StartAsync(new ServeOptions { Data = data, Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null }, Cancel, _ => { }))
        {
        }

        File.SetUnixFileMode(data.Token, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        File.SetUnixFileMode(data.Keys, File.GetUnixFileMode(data.Keys) | UnixFileMode.GroupRead);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        await using (var database = new FileStream(data.Database, FileMode.Open))
        {
            database.Position = database.Length / 2;
            await database.WriteAsync(Enumerable.Repeat((byte)0xA5, 4096 * 8).ToArray(), Cancel);
        }

        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var result = await CommandResult.OfAsync(new() { ["PATH"] = _directory }, "doctor", "--data", data.Root, "--target-port", $"{port}", "--urls", "http://127.0.0.1:0", "--json");
        result.ExitCode.ShouldBe(1, result.Out);
        var findings = JsonNode.Parse(result.Out)!.AsArray();
        foreach (var name in new[] { "admin token", "keys", "database", "port of the target" })
        {
            var finding = findings.Single(x => x!["name"]!.GetValue<string>() == name)!;
            finding["status"]!.GetValue<string>().ShouldBe("Fail", finding.ToJsonString());
            finding["remedy"]!.GetValue<string>().ShouldNotBeEmpty();
        }

        findings.Single(x => x!["name"]!.GetValue<string>() == "qemu-img")!["remedy"]!.GetValue<string>().ShouldContain("apt-get install qemu-utils");
        findings.Single(x => x!["name"]!.GetValue<string>() == "server")!["status"]!.GetValue<string>().ShouldBe("Warn");
    }

    [Fact]
    public void A_target_that_others_can_listen_in_on_is_warned_of_by_doctor_and_server()
    {
        var data = new DataDirectory(Path.Combine(_directory, "open"));
        var options = new ServeOptions { Data = data, Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null };
        MachineFindings.OfTargetNetwork(options).Status.ShouldBe(FindingStatus.Ok);
        var open = MachineFindings.OfTargetNetwork(options with { TargetListen = IPAddress.Parse("10.0.4.2") });
        open.Status.ShouldBe(FindingStatus.Warn);
        open.Remedy.ShouldNotBeNull().ShouldContain("migrate-target");

        var said = new LinesLog();
        ListenRules.WarnOfTarget(options, said);
        said.Lines.ShouldBeEmpty();
        ListenRules.WarnOfTarget(options with { TargetListen = IPAddress.Any }, said);
        said.Lines.ShouldHaveSingleItem().ShouldContain("0.0.0.0 has neither authentication nor TLS");
    }

    [Fact]
    public async Task Settings_that_cannot_be_used_fail()
    {
        var result = await CommandResult.OfAsync([], "doctor", "--data", Path.Combine(_directory, "none"), "--copies", "many");
        result.ExitCode.ShouldBe(1);
        result.Out.ShouldContain("fail  settings: --copies: 'many' is no whole number");
    }

    [Fact]
    public async Task Sources_are_reached_and_their_certificates_compared()
    {
        await using var simulator = await SimulatorServer.StartAsync(
            EstateFile.Parse("""{ "datastores": [{ "name": "ds1" }], "vms": [{ "name": "plain", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "1 MiB" }] }] }"""), new SimulatorOptions(), Cancel);
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", "examined", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        (await StatusAsync()).ShouldBe("Ok");
        await using (var db = await server.DatabaseAsync())
        {
            db.Sources.Single(x => x.Name == "examined").Thumbprint = new string('0', 64);
            await db.SaveChangesAsync(Cancel);
        }

        (await StatusAsync()).ShouldBe("Fail");
        (await server.RunAsync("source", "remove", "examined")).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData(-1, "Fail")]
    [InlineData(10, "Warn")]
    [InlineData(100, "Ok")]
    public void A_certificate_is_told_of_before_it_expires(int days, string expected)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = new CertificateRequest("CN=migrate", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-365), now.AddDays(days));
        CertificateFindings.OfExpiry("TLS", "It", certificate, now, "Renew it.").Status.ToString().ShouldBe(expected);
    }

    private sealed class LinesLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }

    private async Task<string> StatusAsync()
    {
        var findings = JsonNode.Parse((await server.RunAsync("doctor", "--json")).Out)!.AsArray();
        return findings.Single(x => x!["name"]!.GetValue<string>() == "source examined")!["status"]!.GetValue<string>();
    }
}
