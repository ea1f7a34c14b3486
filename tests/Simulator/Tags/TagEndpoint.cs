using System.Text.Json.Nodes;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Tags;

/// <summary>
/// The tagging service, as far as reading goes: under /api, or as before 7.0.2 under /rest with every answer wrapped. Its sessions are in
/// the table of vim25's.
/// </summary>
internal sealed class TagEndpoint(Vcenter vcenter)
{
    private const string SessionHeader = "vmware-api-session-id";

    public IResult Login(HttpContext http)
    {
        if (!vcenter.Sessions.HasBasicCredentials(http.Request))
        {
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        return Answer(vcenter.Sessions.Open(vcenter.Options.UserName).Cookie, IsOld ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    public IResult Logout(HttpContext http)
    {
        if (SessionOf(http) is { } session)
        {
            vcenter.Sessions.Close(session);
        }

        return Results.NoContent();
    }

    public async Task<IResult> HandleAsync(HttpContext http, string path)
    {
        if (SessionOf(http) is null)
        {
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        switch (path.Replace("/id:", "/", StringComparison.Ordinal).Split('/'))
        {
            case ["tag"]:
                return Answer(All().Select(t => Id("Tag", t)));
            case ["tag", var id] when All().FirstOrDefault(t => Id("Tag", t) == id) is { } tag:
                return Answer(new { id, name = tag.Split('/')[1], category_id = Id("Category", tag.Split('/')[0]), description = "" });
            case ["category", var id] when All().Select(t => t.Split('/')[0]).FirstOrDefault(c => Id("Category", c) == id) is { } category:
                return Answer(new { id, name = category, cardinality = "MULTIPLE", description = "" });
            case ["tag-association"] when http.Request.Query[IsOld ? "~action" : "action"] == "list-attached-objects-on-tags":
                var body = await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
                return Answer(body!["tag_ids"]!.AsArray().Select(id => new { tag_id = id!.GetValue<string>(), object_ids = Having(id.GetValue<string>()) }));
            default:
                return Results.NotFound();
        }
    }

    /// <summary>Whether it is only under /rest.</summary>
    public static bool IsOldAt(ApiVersion version) => version < ApiVersion.Parse("7.0.2.0");

    private bool IsOld => IsOldAt(vcenter.Api);

    private IResult Answer<T>(T value, int status = StatusCodes.Status200OK) => IsOld ? Results.Json(new { value }, statusCode: status) : Results.Json(value, statusCode: status);

    private IEnumerable<object> Having(string id) => vcenter.All<VirtualMachine>().Where(v => v.Source.Tags.Any(t => Id("Tag", t) == id))
        .OrderBy(v => v.Ref.Id, StringComparer.Ordinal).Select(v => new { id = v.Ref.Id, type = "VirtualMachine" });

    private IEnumerable<string> All() => vcenter.Estate.Vms.SelectMany(v => v.Tags).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private string Id(string kind, string name) => $"urn:vmomi:InventoryService{kind}:{vcenter.StableUuid(kind + "/" + name)}:GLOBAL";

    private Session? SessionOf(HttpContext http) => vcenter.Sessions.ByCookie(http.Request.Headers[SessionHeader].ToString());
}
