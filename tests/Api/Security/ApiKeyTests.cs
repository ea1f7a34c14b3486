using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security.Keys;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Security;

public sealed class ApiKeyTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_made_shown_once_used_and_revoked_by_commands()
    {
        var made = await server.RunAsync("key", "create", "monitoring", "--role", "Viewer", "--area", "Runs", "--days", "2");
        made.ExitCode.ShouldBe(0, made.Error);
        var secret = made.Out.Trim();
        var id = secret.Split('_')[1];

        using (var client = server.Client(secret))
        {
            (await client.GetAsync("/api/v1/runs", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
            using var closed = await client.GetAsync("/api/v1/sources", Cancellation);
            closed.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            JsonNode.Parse(await closed.Content.ReadAsStringAsync(Cancellation))!["code"]!.GetValue<string>().ShouldBe("auth.area-closed");
        }

        var listed = await server.RunAsync("key", "list", "--json");
        listed.Out.ShouldContain(id);
        listed.Out.ShouldNotContain(secret.Split('_')[2]);
        (await server.RunAsync("key", "revoke", id)).ExitCode.ShouldBe(0);
        using var revoked = server.Client(secret);
        (await revoked.GetAsync("/api/v1/runs", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.RunWithAsync(new() { ["MIGRATE_TOKEN"] = secret }, "whoami")).ExitCode.ShouldBe(6);
    }

    [Fact]
    public async Task A_key_ends_with_its_time_and_no_other_secret_opens_it()
    {
        var (key, secret) = await CreateAsync(Role.Admin);
        using (var spoiled = server.Client(secret[..^1] + (secret[^1] == '0' ? '1' : '0')))
        {
            (await spoiled.GetAsync("/api/v1/session", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        using var client = server.Client(secret);
        (await client.GetAsync("/api/v1/session", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var db = await server.DatabaseAsync();
        await db.ApiKeys.Where(x => x.Id == key.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.ExpiresAt, DateTime.UtcNow.AddSeconds(-1)), Cancellation);
        (await client.GetAsync("/api/v1/session", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Neither_secrets_nor_passwords_are_stored_or_logged()
    {
        var (_, secret) = await CreateAsync(Role.Viewer);
        using var client = server.Client(secret);
        await client.GetStringAsync("/api/v1/session", Cancellation);
        var file = Path.Combine(server.Directory, "secret.txt");
        await File.WriteAllTextAsync(file, "correct horse battery", Cancellation);
        (await server.RunAsync("user", "add", $"u{Guid.NewGuid():N}", "--role", "Viewer", "--password-file", file)).ExitCode.ShouldBe(0);

        server.Log.ShouldNotContain(secret.Split('_')[2]);
        server.Log.ShouldNotContain("correct horse battery");
        foreach (var stored in Directory.GetFiles(server.Directory, "migrate.db*"))
        {
            var text = System.Text.Encoding.Latin1.GetString(await ReadAsync(stored));
            text.ShouldNotContain(secret.Split('_')[2]);
            text.ShouldNotContain("correct horse battery");
        }
    }

    [Fact]
    public async Task Bad_wishes_are_refused_as_a_whole_list()
    {
        var refused = await server.RunAsync("key", "create", "no/slash", "--role", "Viewer", "--days", "9999", "--area", "Kitchen");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("name:");
        refused.Error.ShouldContain("days:");
        refused.Error.ShouldContain("'Kitchen'");
        var user = await server.RunAsync("user", "add", "admin", "--role", "Viewer", "--no-password");
        user.Error.ShouldContain("administrator's token");
    }

    private Task<(ApiKey Key, string Secret)> CreateAsync(Role role) =>
        server.Services.GetRequiredService<ApiKeys>().CreateAsync("test", role, TimeSpan.FromDays(1), [], [], "test", Cancellation);

    private static async Task<byte[]> ReadAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        await file.CopyToAsync(memory, Cancellation);
        return memory.ToArray();
    }
}
