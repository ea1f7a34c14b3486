using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Inventory;

public sealed class SourceTests(RunningServer server)
{
    private const string Password = "pâss-w0rd-never-in-clear";

    [Fact]
    public async Task A_source_is_added_synchronised_listed_and_removed_and_its_password_is_nowhere_in_clear()
    {
        await using var simulator = await StartAsync();
        var environment = new Dictionary<string, string> { ["MIGRATE_PASSWORD"] = Password };
        var added = await server.RunWithAsync(
            environment, "source", "add", "secret", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint, "--json");
        added.ExitCode.ShouldBe(0, added.Error);

        var synchronised = await server.RunAsync("inventory", "sync", "secret", "--json");
        synchronised.ExitCode.ShouldBe(0, synchronised.Error);
        JsonDocument.Parse(synchronised.Out).RootElement.GetProperty("vmCount").GetInt32().ShouldBe(6);

        var vms = await server.RunAsync("inventory", "vms", "--source", "secret", "--sort=-capacity", "--json");
        JsonDocument.Parse(vms.Out).RootElement.GetArrayLength().ShouldBe(6);
        var name = JsonDocument.Parse(vms.Out).RootElement[0].GetProperty("name").GetString()!;
        var shown = await server.RunAsync("inventory", "show", name, "--source", "secret");
        shown.ExitCode.ShouldBe(0, shown.Error);
        var listed = await server.RunAsync("source", "list", "--json");
        var wrong = await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = Password + "x" }, "source", "add", "other", "--url", simulator.Url.ToString(), "--user", "root", "--thumbprint", simulator.Thumbprint);
        wrong.ExitCode.ShouldBe(1);

        foreach (var text in new[] { added.Out, added.Error, synchronised.Out, vms.Out, shown.Out, listed.Out, wrong.Error, server.Log })
        {
            text.ShouldNotContain(Password);
        }

        // Locks cannot be opened while the server runs; they are empty files. Nor can disks that other tests' runs copy: they hold what a guest wrote.
        foreach (var file in Directory.EnumerateFiles(server.Directory, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is not (".lock" or ".raw" or ".sock")))
        {
            byte[] bytes;
            try
            {
                await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                bytes = new byte[open.Length];
                await open.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                continue; // Other tests use the server meanwhile: a journal of the database comes and goes, the work of a run does.
            }

            bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Password)).ShouldBe(-1, file);
        }

        await using (var db = await server.DatabaseAsync())
        {
            // Where rows are in no file of the server's: all of them, as the database tells them, bytes in hex.
            var tables = db.Database.IsNpgsql() ? await db.Database.SqlQuery<string>($"""SELECT table_name::text AS "Value" FROM information_schema.tables WHERE table_schema = 'public'""").ToListAsync(TestContext.Current.CancellationToken) : [];
            (tables.Contains("sources") || !db.Database.IsNpgsql()).ShouldBeTrue();
            foreach (var table in tables)
            {
#pragma warning disable EF1002 // The name of a table, as the database itself has it, cannot be a parameter.
                var rows = await db.Database.SqlQueryRaw<string>($"""SELECT coalesce(string_agg(x::text, ' '), '') AS "Value" FROM "{table}" x""").SingleAsync(TestContext.Current.CancellationToken);
#pragma warning restore EF1002
                rows.ShouldNotContain(Password, customMessage: table);
                rows.ShouldNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Password)), customMessage: table);
            }
        }

        (await server.RunAsync("source", "remove", "secret")).ExitCode.ShouldBe(0);
        (await server.RunAsync("inventory", "sync", "secret")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_thumbprint_the_one_that_the_server_shows_is_told_and_nothing_is_stored()
    {
        await using var simulator = await StartAsync();
        var result = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = Password }, "source", "add", "untrusted", "--url", simulator.Url.ToString(), "--user", simulator.UserName);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain($"--thumbprint {simulator.Thumbprint}");
        (await server.RunAsync("source", "list", "--json")).Out.ShouldNotContain("untrusted");
    }

    [Fact]
    public async Task A_wrong_thumbprint_is_refused()
    {
        await using var simulator = await StartAsync();
        var result = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = Password }, "source", "add", "mismatch", "--url", simulator.Url.ToString(), "--user", simulator.UserName,
            "--thumbprint", string.Join(':', Enumerable.Repeat("AB", 32)));
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("remedy:");
        (await server.RunAsync("source", "list", "--json")).Out.ShouldNotContain("mismatch");
    }

    [Fact]
    public async Task A_changed_password_and_a_renewed_certificate_are_put_on_record_once_they_work()
    {
        await using var simulator = await StartAsync();
        var added = await server.RunWithAsync(
            new() { ["MIGRATE_PASSWORD"] = Password }, "source", "add", "renewed", "--url", simulator.Url.ToString(), "--user", simulator.UserName,
            "--thumbprint", simulator.Thumbprint);
        added.ExitCode.ShouldBe(0, added.Error);
        var file = Path.Combine(server.Directory, "new-password");
        await File.WriteAllTextAsync(file, Password + "x\n", TestContext.Current.CancellationToken);
        var refused = await server.RunAsync("source", "update", "renewed", "--password-file", file);
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("user name or password is wrong");
        (await server.RunAsync("source", "update", "renewed", "--thumbprint", string.Join(':', Enumerable.Repeat("AB", 32)))).ExitCode.ShouldBe(1);
        (await server.RunAsync("inventory", "sync", "renewed")).ExitCode.ShouldBe(0, "a change that does not work must not be kept");

        await File.WriteAllTextAsync(file, Password + "\n", TestContext.Current.CancellationToken);
        var updated = await server.RunAsync("source", "update", "renewed", "--password-file", file, "--thumbprint", simulator.Thumbprint.ToLowerInvariant(), "--json");
        updated.ExitCode.ShouldBe(0, updated.Error);
        JsonDocument.Parse(updated.Out).RootElement.GetProperty("inventoryVersion").GetInt32().ShouldBe(1);
        updated.Out.ShouldNotContain(Password);
        File.Delete(file);
        (await server.RunAsync("source", "update", "renewed")).Error.ShouldContain("at least one of them");
        (await server.RunAsync("source", "update", "none", "--user", "x")).ExitCode.ShouldBe(1);
    }

    private static Task<SimulatorServer> StartAsync() => SimulatorServer.StartAsync(
        EstateGenerator.Generate(6, hosts: 2), new SimulatorOptions { Password = Password }, TestContext.Current.CancellationToken);
}
