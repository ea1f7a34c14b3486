using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Tests.Pages;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Hosts;

/// <summary>Adding and changing hosts asks a machine that may not answer: one does not here, which takes connections and says nothing.</summary>
public sealed class HostOperationTests(RunningServer server) : IDisposable
{
    private readonly string _name = "op-" + Guid.NewGuid().ToString("N")[..8];
    private readonly TcpListener _silent = Listen();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string SilentUri => $"qemu+ssh://root@127.0.0.1:{((IPEndPoint)_silent.LocalEndpoint).Port}/system";

    public void Dispose() => _silent.Dispose();

    [Fact]
    public async Task A_host_that_says_nothing_holds_no_call_up_and_stopped_it_is_not_there()
    {
        using var http = server.Client();
        var id = await BegunAsync(await http.PostAsJsonAsync("/api/v1/hosts", new { name = _name, uri = SilentUri, targets = new[] { "10.0.4.2" } }, Cancel));
        (await SeeAsync(http, id)).ShouldSatisfyAllConditions(x => Text(x, "kind").ShouldBe("AddHost"), x => Text(x, "subject").ShouldBe("hosts/" + _name));
        (await BegunAsync(await http.PostAsJsonAsync("/api/v1/hosts", new { name = _name, uri = SilentUri, targets = new[] { "10.0.4.2" } }, Cancel))).ShouldBe(id, "who asks for the same gets the same");
        using var busy = await http.PostAsJsonAsync("/api/v1/hosts", new { name = _name, uri = SilentUri }, Cancel);
        (busy.StatusCode, await CodeAsync(busy)).ShouldBe((HttpStatusCode.Conflict, "operation.busy"));

        (await server.RunAsync("operation", "cancel", id)).ExitCode.ShouldBe(0);
        Text(await EndAsync(http, id), "state").ShouldBe("Cancelled");
        (await http.GetAsync($"/api/v1/hosts/{_name}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_at_once_and_what_the_host_says_is_told_by_the_operation()
    {
        await StoreAsync(server);
        using var http = server.Client();
        using var taken = await http.PostAsJsonAsync("/api/v1/hosts", new { name = _name, uri = SilentUri }, Cancel);
        (taken.StatusCode, await CodeAsync(taken)).ShouldBe((HttpStatusCode.Conflict, "host.exists"));
        using var fio = await http.PostAsJsonAsync("/api/v1/hosts", new { name = _name + "-2", uri = SilentUri, fio = "{}" }, Cancel);
        fio.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp); // Has the port, so that nobody else gets it, and does not listen.
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)nobody.LocalEndPoint!).Port;
        var failed = await server.RunAsync("host", "add", _name + "-2", "--uri", $"qemu+ssh://root@127.0.0.1:{port}/system");
        failed.ExitCode.ShouldNotBe(0);
        failed.Error.ShouldContain("127.0.0.1");
        (await server.RunAsync("host", "show", _name + "-2")).Error.ShouldContain("There is no host");
        var told = JsonNode.Parse((await server.RunAsync("operation", "list", "--subject", $"hosts/{_name}-2", "--json")).Out)!.AsArray().ShouldHaveSingleItem()!;
        (Text(told, "state"), Text(told, "kind")).ShouldBe(("Failed", "AddHost"));
        Text(told["problem"]!, "remedy").ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_change_is_of_what_was_seen_and_does_not_overwrite_what_somebody_made_of_it_meanwhile()
    {
        await StoreAsync(server);
        using var http = server.Client();
        var seen = (await http.GetAsync($"/api/v1/hosts/{_name}", Cancel)).Headers.ETag!;
        var id = await BegunAsync(await PatchAsync(http, new { domainType = "qemu" }, seen.Tag));
        var end = await EndAsync(http, id);
        (Text(end, "state"), Text(end, "kind"), Text(end["result"]!["host"]!, "domainType")).ShouldBe(("Succeeded", "UpdateHost", "qemu"), end.ToJsonString());

        using var stale = await PatchAsync(http, new { domainType = "kvm" }, seen.Tag);
        (stale.StatusCode, await CodeAsync(stale)).ShouldBe((HttpStatusCode.PreconditionFailed, "request.version-changed"));
        using var invalid = await PatchAsync(http, new { uri = "qemu+tcp://kvm1/system", targets = new[] { "storage1" } });
        invalid.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        JsonNode.Parse(await http.GetStringAsync($"/api/v1/operations?subject=hosts/{_name}", Cancel))!["items"]!.AsArray().Count.ShouldBe(1, "what is refused at once is no operation");

        var silent = await BegunAsync(await PatchAsync(http, new { uri = SilentUri }));
        using var busy = await PatchAsync(http, new { domainType = "kvm" });
        (busy.StatusCode, await CodeAsync(busy)).ShouldBe((HttpStatusCode.Conflict, "operation.busy"));
        (await server.RunAsync("operation", "cancel", silent)).ExitCode.ShouldBe(0);
        Text(await EndAsync(http, silent), "state").ShouldBe("Cancelled");
        var host = JsonNode.Parse(await http.GetStringAsync($"/api/v1/hosts/{_name}", Cancel))!;
        (Text(host, "uri"), Text(host, "domainType")).ShouldBe(("test:///default", "qemu"), "a change that was stopped is not kept");

        // What was decided of a host that is another by now: as if somebody were faster while it waited for its turn.
        var register = server.Services.GetRequiredService<Migrate.Api.Hosts.HostRegister>();
        var change = await register.RefuseAsync(_name, new Migrate.Api.Hosts.UpdateHost(DomainType: "kvm"), Cancel);
        await using (var db = await server.DatabaseAsync())
        {
            await db.KvmHosts.Where(x => x.Name == _name).ExecuteUpdateAsync(set => set.SetProperty(x => x.TargetAddresses, "10.0.4.2:4420"), Cancel);
        }

        (await Should.ThrowAsync<Planner.MigrateException>(register.UpdateAsync(change, Cancel))).Code.ShouldBe("host.changed.busy");
    }

    [Fact]
    public async Task A_command_that_does_not_wait_prints_where_to_look()
    {
        await StoreAsync(server);
        var begun = await server.RunAsync("host", "update", _name, "--domain-type", "qemu", "--no-wait");
        (begun.ExitCode, Guid.TryParse(begun.Out.Trim(), out var id)).ShouldBe((0, true), begun.Error);
        var waited = await server.RunAsync("operation", "wait", $"{id}");
        (waited.ExitCode, waited.Out.Contains("The host answers with the change, which is stored.")).ShouldBe((0, true), waited.Out + waited.Error);
    }

    [Fact]
    public async Task A_server_that_stops_meanwhile_says_so_and_leaves_no_half_host()
    {
        await using var own = new RunningServer();
        await own.InitializeAsync();
        await StoreAsync(own);
        string added, changed;
        using (var http = own.Client())
        {
            added = await BegunAsync(await http.PostAsJsonAsync("/api/v1/hosts", new { name = _name + "-new", uri = SilentUri }, Cancel));
            changed = await BegunAsync(await PatchAsync(http, new { uri = SilentUri }));
        }

        await own.RestartAsync();

        using var after = own.Client();
        foreach (var id in new[] { added, changed })
        {
            var seen = await SeeAsync(after, id);
            (Text(seen, "state"), Text(seen["problem"]!, "code")).ShouldBe(("Interrupted", "operation.interrupted"));
        }

        await using var db = await own.DatabaseAsync();
        (await db.KvmHosts.Select(x => new { x.Name, x.Uri }).ToListAsync(Cancel)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(x => x.Name.ShouldBe(_name), x => x.Uri.ShouldBe("test:///default"));
    }

    [Fact]
    public async Task The_pages_tell_how_it_is_and_what_was_typed_is_there_again_when_it_failed()
    {
        using var browser = new Browser(server);
        using var sent = await browser.SendAsync("/hosts/add", "value=\"add\"", ("name", _name), ("uri", SilentUri), ("domainType", "qemu"), ("targets", "10.0.4.2"));
        sent.StatusCode.ShouldBe(HttpStatusCode.Redirect, await sent.Content.ReadAsStringAsync(Cancel));
        var begun = new Uri(server.Url, sent.Headers.Location!);
        var running = await browser.ShouldComeToSayAsync(begun.PathAndQuery, "Probing the host to add it");
        running.ShouldContain("data-refresh=\"2\"");
        running.ShouldNotContain("Probe and add</button>");
        using var http = server.Client();
        var id = System.Web.HttpUtility.ParseQueryString(begun.Query)["operation"]!;
        (await server.RunAsync("operation", "cancel", id)).ExitCode.ShouldBe(0);
        await EndAsync(http, id);
        var stopped = await browser.PageAsync(begun.PathAndQuery);
        stopped.ShouldContain("operation.cancelled");
        stopped.ShouldContain($"value=\"{_name}\"");
        stopped.ShouldContain("Probe and add</button>");

        await StoreAsync(server);
        using var updated = await browser.SendAsync($"/hosts/{_name}", "value=\"update\"", ("uri", SilentUri), ("domainType", "qemu"), ("attachment", "nvme-tcp"), ("targets", ""));
        updated.StatusCode.ShouldBe(HttpStatusCode.Redirect, await updated.Content.ReadAsStringAsync(Cancel));
        await browser.ShouldComeToSayAsync(new Uri(server.Url, updated.Headers.Location!).PathAndQuery, "Probing the host with the change");
        (await server.RunAsync("operation", "cancel", System.Web.HttpUtility.ParseQueryString(new Uri(server.Url, updated.Headers.Location!).Query)["operation"]!)).ExitCode.ShouldBe(0);
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
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = _name, Uri = "test:///default" });
        await db.SaveChangesAsync(Cancel);
    }

    private async Task<HttpResponseMessage> PatchAsync(HttpClient http, object body, string? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/hosts/{_name}") { Content = JsonContent.Create(body) };
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
