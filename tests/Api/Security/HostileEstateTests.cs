using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Security;

/// <summary>
/// Whoever may name a VM in vCenter writes on our pages. Every page that can be reached by links is asked for with an estate, a plan and a run in which every text is markup, and
/// none of it comes back as markup; a page that is new tomorrow is reached, too.
/// </summary>
public sealed partial class HostileEstateTests
{
    private const string Markup = "\"'><script src=evil.js></script><img src=x onerror=alert(1)>";
    private const string Formula = "=HYPERLINK(\"http://evil.example\")";
    private const int MostPages = 400;

    private static readonly string[] AsMarkup = ["<script src=evil", "<img src=x"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_text_of_the_source_becomes_markup_on_any_page_or_a_formula_in_a_table()
    {
        await using var server = new RunningServer(); // Of its own: other tests look for markup on pages, too.
        await server.InitializeAsync();
        var named = new EstateVm
        {
            // A slash is written as %2f in vCenter's names.
            Name = Markup.Replace("/", "", StringComparison.Ordinal),
            Folder = "a\"><img src=x onerror=alert(1)>",
            Datastore = "ds\"><img src=x onerror=alert(1)>",
            Power = EstatePower.Off,
            HostName = Markup,
            GuestName = Markup,
            Annotation = Markup,
            Snapshots = [Markup],
            Attributes = new Dictionary<string, string> { ["Owner"] = Markup },
            Disks = [new EstateDisk { Capacity = 2 << 20 }],
            Nics = [new EstateVmNic { Network = "net\"><img src=x onerror=alert(1)>" }],
        };
        var estate = new Estate
        {
            Datastores = [new EstateDatastore { Name = named.Datastore! }],
            Networks = [new EstateNetwork { Name = named.Nics[0].Network! }],
            Vms = [named, named with { Name = Formula.Replace("/", "", StringComparison.Ordinal), Snapshots = [], Nics = [] }],
        };
        await using var simulator = await SimulatorServer.StartAsync(estate, new SimulatorOptions(), Cancel);
        await MustAsync(server, new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", "hostile", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        await MustAsync(server, [], "inventory", "sync", "hostile");
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "hostile-kvm", Uri = "test:///default", DomainType = "qemu" });
            await db.SaveChangesAsync(Cancel);
        }

        await MustAsync(server, [], "plan", "create", "hostile-plan", "--source", "hostile", "--host", "hostile-kvm", "--vm", named.Name, "--network", $"{named.Nics[0].Network}=none");
        var failed = await server.AddRunAsync(
            "hostile-run",
            (_, vm, run) =>
            {
                vm.VmName = run.VmName = named.Name;
                (run.Phase, run.ErrorCode, run.Error, run.Remedy, run.FinishedAt) = (RunPhase.Failed, "source.unreachable", Markup, Markup, DateTime.UtcNow);
                (run.DomainName, run.DomainXml, run.LeftBehind) = (Markup, Markup, JsonSerializer.Serialize(new[] { Markup }));
            },
            run => new RunEvent { RunId = run.Id, At = DateTime.UtcNow, Phase = RunPhase.Failed, Level = "error", Message = Markup });

        using var browser = new Pages.Browser(server);
        var (seen, shown) = (new HashSet<string>(StringComparer.Ordinal), 0);
        var waiting = new Queue<string>(["/", "/inventory?source=hostile", "/plans/hostile-plan", "/plans/hostile-plan/waves", "/plans/hostile-plan/waves/1", "/runs", $"/runs/{failed.Id}", "/audit", "/limits"]);
        while (waiting.TryDequeue(out var path) && seen.Count < MostPages)
        {
            if (!seen.Add(path))
            {
                continue;
            }

            using var answer = await browser.GetAsync(path);
            var kind = answer.Content.Headers.ContentType?.MediaType;
            if (kind == "text/csv")
            {
                var table = await answer.Content.ReadAsStringAsync(Cancel);
                table.ShouldNotMatch("""(^|,|\n)"?=HYPERLINK""", path);
            }

            if (kind != "text/html")
            {
                continue;
            }

            var html = await answer.Content.ReadAsStringAsync(Cancel);
            answer.StatusCode.ShouldNotBe(HttpStatusCode.InternalServerError, path);
            AsMarkup.ShouldAllBe(x => !html.Contains(x, StringComparison.OrdinalIgnoreCase), path);
            // Quotes, too: inside of an attribute they would be enough.
            html.ShouldNotContain("\"'><", customMessage: path);
            shown += html.Contains("onerror=alert(1)", StringComparison.Ordinal) ? 1 : 0;
            foreach (var link in Links().Matches(html).Select(x => WebUtility.HtmlDecode(x.Groups[1].Value)))
            {
                link.ShouldNotStartWith("javascript:", Case.Insensitive, path);
                // Only what this estate can be on: the tests beside this one have pages without end.
                if (link.StartsWith('/') && !link.StartsWith("//", StringComparison.Ordinal) && (link.Contains("hostile", StringComparison.Ordinal) || link.Contains($"{failed.Id}", StringComparison.Ordinal) || link.LastIndexOf('/') == 0))
                {
                    waiting.Enqueue(link.Split('#')[0]);
                }
            }
        }

        seen.Count.ShouldBeInRange(20, MostPages);
        shown.ShouldBeGreaterThan(5, "inventory, VM, plan, waves, runs and their lists show it as text");
    }

    [GeneratedRegex("<a [^>]*href=\"([^\"]*)\"")]
    private static partial Regex Links();

    private static async Task MustAsync(RunningServer server, Dictionary<string, string> environment, params string[] args)
    {
        var result = await server.RunWithAsync(environment, args);
        result.ExitCode.ShouldBe(0, result.Error + result.Out);
    }
}
