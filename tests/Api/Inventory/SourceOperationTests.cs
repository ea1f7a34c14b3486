using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Inventory;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Inventory;

/// <summary>Adding and changing sources asks a server that may not answer: one does not here, which takes connections and says nothing.</summary>
public sealed class SourceOperationTests(RunningServer server) : IDisposable
{
    private const string Password = "sôurce-0peration-never-in-clear";
    private static readonly string Pinned = string.Join(':', Enumerable.Repeat("AB", 32));
    private readonly string _name = "op-" + Guid.NewGuid().ToString("N")[..8];
    private readonly TcpListener _silent = Listen();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string SilentUrl => $"https://127.0.0.1:{((IPEndPoint)_silent.LocalEndpoint).Port}/sdk";

    public void Dispose() => _silent.Dispose();

    [Fact]
    public async Task A_server_that_says_nothing_holds_no_call_up_and_stopped_it_is_not_there()
    {
        using var http = server.Client();
        var id = await BegunAsync(await AddAsync(http, _name));
        (await BegunAsync(await AddAsync(http, _name))).ShouldBe(id, "who asks for the same gets the same");
        using var busy = await AddAsync(http, _name, "somebody-else");
        (busy.StatusCode, await CodeAsync(busy)).ShouldBe((HttpStatusCode.Conflict, "operation.busy"));
        var folder = Directory.CreateTempSubdirectory("vmx");
        using var files = await http.PostAsJsonAsync("/api/v1/sources/offline", new { name = _name, kind = "Vmx", paths = new[] { folder.FullName } }, Cancel);
        folder.Delete();
        (files.StatusCode, await CodeAsync(files)).ShouldBe((HttpStatusCode.Conflict, "operation.busy"), "a name is one source's, of whichever kind");
        var seen = await SeeAsync(http, id);
        (Text(seen, "kind"), Text(seen, "subject")).ShouldBe(("AddSource", "sources/" + _name));
        seen.ToJsonString().ShouldNotContain(Password);

        (await server.RunAsync("operation", "cancel", id)).ExitCode.ShouldBe(0);
        Text(await EndAsync(http, id), "state").ShouldBe("Cancelled");
        (await http.GetAsync($"/api/v1/sources/{_name}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        server.Log.ShouldNotContain(Password);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_at_once_and_what_the_server_says_is_told_by_the_operation()
    {
        await StoreAsync(server);
        using var http = server.Client();
        using var taken = await AddAsync(http, _name);
        (taken.StatusCode, await CodeAsync(taken)).ShouldBe((HttpStatusCode.Conflict, "source.exists"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/sources") { Content = JsonContent.Create(new { name = _name + "-2", url = "https://127.0.0.1:9/sdk", userName = "u", password = Password }) };
        var end = await EndAsync(http, await BegunAsync(await http.SendAsync(request, Cancel)));
        (Text(end, "state"), Text(end["problem"]!, "code"), end["problem"]!["status"]!.GetValue<int>()).ShouldBe(("Failed", "source.unreachable", 502));
        Text(end["problem"]!, "title").ShouldContain("127.0.0.1:9");
        Text(end["problem"]!, "remedy").ShouldNotBeNullOrEmpty();
        end.ToJsonString().ShouldNotContain(Password);
        (await http.GetAsync($"/api/v1/sources/{_name}-2", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_change_is_of_what_was_seen_and_does_not_overwrite_what_somebody_made_of_it_meanwhile()
    {
        await using var simulator = await SimulatorServer.StartAsync(EstateGenerator.Generate(2, hosts: 1), new SimulatorOptions { Password = Password }, Cancel);
        using var http = server.Client();
        var added = await http.PostAsJsonAsync("/api/v1/sources", new { name = _name, url = simulator.Url, userName = simulator.UserName, password = Password, thumbprint = simulator.Thumbprint }, Cancel);
        Text((await EndAsync(http, await BegunAsync(added)))["result"]!["source"]!, "name").ShouldBe(_name);
        var seen = (await http.GetAsync($"/api/v1/sources/{_name}", Cancel)).Headers.ETag!;

        var failed = await EndAsync(http, await BegunAsync(await PatchAsync(http, new { password = Password + "x" }, seen.Tag)));
        (Text(failed, "state"), Text(failed, "kind")).ShouldBe(("Failed", "UpdateSource"));
        var done = await EndAsync(http, await BegunAsync(await PatchAsync(http, new { password = Password }, seen.Tag)));
        Text(done, "state").ShouldBe("Succeeded", done.ToJsonString());
        using var stale = await PatchAsync(http, new { password = Password }, seen.Tag);
        (stale.StatusCode, await CodeAsync(stale)).ShouldBe((HttpStatusCode.PreconditionFailed, "request.version-changed"));

        // As if somebody were faster while it waited for its turn.
        var register = server.Services.GetRequiredService<SourceRegister>();
        var change = await register.RefuseAsync(_name, new UpdateSource(null, Password, null), Cancel);
        change.ToString().ShouldNotContain(change.After.ProtectedPassword);
        await using (var db = await server.DatabaseAsync())
        {
            await db.Sources.Where(x => x.Name == _name).ExecuteUpdateAsync(set => set.SetProperty(x => x.Thumbprint, Pinned), Cancel);
        }

        (await Should.ThrowAsync<MigrateException>(register.UpdateAsync(change, Cancel))).Code.ShouldBe("source.changed.busy");
    }

    [Fact]
    public async Task A_server_that_stops_meanwhile_says_so_and_leaves_no_half_source_and_no_password()
    {
        await using var own = new RunningServer();
        await own.InitializeAsync();
        await StoreAsync(own);
        string added, changed, before;
        using (var http = own.Client())
        {
            added = await BegunAsync(await AddAsync(http, _name + "-new"));
            changed = await BegunAsync(await PatchAsync(http, new { password = Password }));
            await using var db = await own.DatabaseAsync();
            before = await db.Sources.Select(x => x.ProtectedPassword).SingleAsync(Cancel);
        }

        await own.RestartAsync();

        using var after = own.Client();
        await using var stored = await own.DatabaseAsync();
        foreach (var id in new[] { added, changed })
        {
            var seen = await SeeAsync(after, id);
            (Text(seen, "state"), Text(seen["problem"]!, "code")).ShouldBe(("Interrupted", "operation.interrupted"));
            var guid = Guid.Parse(id);
            var row = await stored.Operations.SingleAsync(x => x.Id == guid, Cancel);
            $"{row.Subject} {row.Result} {row.Problem}".ShouldNotContain(Password);
        }

        (await stored.Sources.Select(x => new { x.Name, x.ProtectedPassword }).ToListAsync(Cancel)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(x => x.Name.ShouldBe(_name), x => x.ProtectedPassword.ShouldBe(before));
        own.Log.ShouldNotContain(Password);
    }

    [Fact]
    public async Task A_command_that_does_not_wait_prints_where_to_look()
    {
        var folder = Directory.CreateTempSubdirectory("vmx");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.vmx"), "displayName = \"a\"\nmemSize = \"4\"\n", Cancel);
        var begun = await server.RunAsync("source", "add", _name, "--vmx", folder.FullName, "--no-wait");
        (begun.ExitCode, Guid.TryParse(begun.Out.Trim(), out var id)).ShouldBe((0, true), begun.Error);
        var waited = await server.RunAsync("operation", "wait", $"{id}");
        (waited.ExitCode, waited.Out.Contains("The files can be read; the source was added.")).ShouldBe((0, true), waited.Out + waited.Error);
        folder.Delete(recursive: true);
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private async Task StoreAsync(RunningServer at)
    {
        await using var db = await at.DatabaseAsync();
        db.Sources.Add(new Source { Id = Guid.NewGuid(), Name = _name, Url = SilentUrl, UserName = "u", Thumbprint = Pinned, CreatedAt = DateTime.UnixEpoch, ProtectedPassword = at.Services.GetRequiredService<SourceAccess>().Protect("old") });
        await db.SaveChangesAsync(Cancel);
    }

    private Task<HttpResponseMessage> AddAsync(HttpClient http, string name, string user = "u") =>
        http.PostAsJsonAsync("/api/v1/sources", new { name, url = SilentUrl, userName = user, password = Password, thumbprint = Pinned }, Cancel);

    private async Task<HttpResponseMessage> PatchAsync(HttpClient http, object body, string? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/sources/{_name}") { Content = JsonContent.Create(body) };
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", tag);
        }

        return await http.SendAsync(request, Cancel);
    }

    private static async Task<string> BegunAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(Cancel));
            var id = Text(JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!, "id");
            answer.Headers.Location!.ToString().ShouldBe($"/api/v1/operations/{id}");
            return id;
        }
    }

    private static async Task<string> CodeAsync(HttpResponseMessage answer) => Text(JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!, "code");

    private static async Task<JsonNode> SeeAsync(HttpClient http, string id) => JsonNode.Parse(await http.GetStringAsync($"/api/v1/operations/{id}", Cancel))!;

    private static async Task<JsonNode> EndAsync(HttpClient http, string id)
    {
        while (true)
        {
            var seen = await SeeAsync(http, id);
            if (Text(seen, "state") is not ("Queued" or "Running"))
            {
                return seen;
            }

            await Task.Delay(50, Cancel);
        }
    }

    private static string Text(JsonNode node, string member) => node[member]!.GetValue<string>();
}
