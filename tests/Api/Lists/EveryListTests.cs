using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Migrate.Api.Baselines;
using Migrate.Api.Concerns;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Lists;

/// <summary>Every list that the server has, on both databases: made from the list of endpoints, so that a new one cannot be forgotten.</summary>
public sealed class EveryListTests(PostgresCluster postgres)
{
    // Wholes, not lists to look through: each is small by nature, and one of them is also set as a whole.
    private static readonly string[] Wholes = ["GET api/v1/limits", "GET api/v1/runs/{id:guid}/manifests"];

    // What changes by itself between two calls.
    private static readonly string[] Fleeting = ["lastSeenAt", "seenAt"];

    public enum Database
    {
        Sqlite,
        Postgres,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Each_list_pages_and_orders_and_filters_as_it_says(Database database)
    {
        var shared = database == Database.Postgres ? DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel)) : null;
        var server = new RunningServer { Change = x => x with { Database = shared } };
        await server.InitializeAsync();
        try
        {
            var values = await SampleLists.AddAsync(server);
            await HoldStillAsync(server);
            using var http = server.Client();
            var document = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json", Cancel))!;
            List<string> wrong = [];
            var lists = 0;
            foreach (var endpoint in Lists(server))
            {
                var path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(x => x.Parts[0] is Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter ? values[parameter.Name] : ((Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart)x.Parts[0]).Content));
                var orders = endpoint.Metadata.GetMetadata<IListOrders>();
                if (orders is null)
                {
                    wrong.Add($"{path}: says no orders (OrderedBy)");
                    continue;
                }

                var parameters = document["paths"]!.AsObject().Single(x => Same(x.Key, endpoint)).Value!["get"]!["parameters"]!.AsArray();
                foreach (var scope in path.EndsWith("/concerns", StringComparison.Ordinal) ? [$"plan={values["plan"]}", $"source={values["source"]}"] : new[] { "" })
                {
                    lists++;
                    wrong.AddRange((await new ListProbe(http, path, scope, orders).FindWrongAsync(parameters)).Select(x => $"{path}?{scope}: {x}"));
                }
            }

            wrong.ShouldBeEmpty();
            lists.ShouldBeGreaterThan(28);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_answers_an_array_and_no_page_is_a_whole()
    {
        await using var server = new RunningServer();
        await server.InitializeAsync();
        Gets(server).Where(x => Answer(x) is { } type && type != typeof(string) && type.GetInterfaces().Append(type).Any(y => y.IsGenericType && y.GetGenericTypeDefinition() == typeof(IEnumerable<>)))
            .Select(x => "GET " + x.RoutePattern.RawText!.Trim('/').TrimEnd('/')).Order().ShouldBe(Wholes);
    }

    /// <summary>Ends what judges VMs and polls sources by itself: pages of one list are compared, however long that takes.</summary>
    private static async Task HoldStillAsync(RunningServer server)
    {
        foreach (var service in server.Services.GetServices<IHostedService>().Where(x => x is VerdictService or BaselineService))
        {
            await service.StopAsync(Cancel);
        }

        var verdicts = server.Services.GetRequiredService<SourceVerdicts>();
        foreach (var (source, version) in await verdicts.ListDueAsync(Cancel))
        {
            await verdicts.KeepAsync(source, version, Cancel);
        }
    }

    private static bool Same(string path, RouteEndpoint endpoint) =>
        path.Trim('/') == System.Text.RegularExpressions.Regex.Replace(endpoint.RoutePattern.RawText!.Trim('/'), ":[a-z]+}", "}");

    private static IEnumerable<RouteEndpoint> Lists(RunningServer server) =>
        Gets(server).Where(x => Answer(x) is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Page<>));

    private static Type? Answer(RouteEndpoint endpoint) => endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().FirstOrDefault(x => x.StatusCode == 200)?.Type;

    private static IEnumerable<RouteEndpoint> Gets(RunningServer server) => server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(x => x.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal) && x.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true);

    private sealed class ListProbe(HttpClient http, string path, string scope, IListOrders orders)
    {
        public async Task<IReadOnlyList<string>> FindWrongAsync(JsonArray parameters)
        {
            List<string> wrong = [];
            var (items, all) = await ReadAsync("pageSize=500");
            if (items.Count < 2 || all["total"]!.GetValue<long>() != items.Count)
            {
                return [$"{items.Count} items of {all["total"]}: too few to tell anything"];
            }

            for (var number = 1; number <= 2; number++)
            {
                var (one, page) = await ReadAsync($"page={number}&pageSize=1");
                if (one.Count != 1 || one[0] != items[number - 1] || page["total"]!.GetValue<long>() != items.Count || page["number"]!.GetValue<int>() != number || page["pageSize"]!.GetValue<int>() != 1)
                {
                    wrong.Add($"page {number} of single items is not item {number}");
                }
            }

            var (beyond, last) = await ReadAsync("page=2147483647&pageSize=500");
            if (beyond.Count > 0 || last["total"]!.GetValue<long>() != items.Count)
            {
                wrong.Add("a page beyond the end is not empty");
            }

            foreach (var unknown in (string[])["nothing-of-this", "-", "--" + orders.Names[0]])
            {
                using var refused = await http.GetAsync(Address($"sort={unknown}"), Cancel);
                var problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancel))!;
                if (refused.StatusCode != HttpStatusCode.UnprocessableEntity || problem["code"]?.GetValue<string>() != "list.order-unknown" || orders.Names.Any(x => !problem["remedy"]!.GetValue<string>().Contains(x, StringComparison.Ordinal)))
                {
                    wrong.Add($"sort={unknown} is answered with {(int)refused.StatusCode} {problem["code"]} {problem["remedy"]}");
                }
            }

            if (!(await ReadAsync($"pageSize=500&sort={orders.Usual}")).Items.SequenceEqual(items))
            {
                wrong.Add($"the usual order is not {orders.Usual}");
            }

            foreach (var order in orders.Names)
            {
                var up = (await ReadAsync($"pageSize=500&sort={order}")).Items;
                var down = (await ReadAsync($"pageSize=500&sort=-{order}")).Items;
                if (!up.Reverse().SequenceEqual(down) || up.Count != items.Count)
                {
                    wrong.Add($"-{order} is not {order} the other way round");
                }

                if (Values(up, order) is { } values && (values.Distinct().Count() < 2 || !values.SequenceEqual(values.OrderBy(x => x, Comparer<IComparable>.Default))))
                {
                    wrong.Add($"{order} does not order: {string.Join(", ", values)}");
                }
            }

            if (parameters.FirstOrDefault(x => x!["name"]!.GetValue<string>() == "sort") is not { } sort || orders.Names.Any(x => !sort["description"]!.GetValue<string>().Contains(x, StringComparison.Ordinal)))
            {
                wrong.Add("the document does not say its orders");
            }

            if (parameters.Any(x => x!["name"]!.GetValue<string>() == "filter"))
            {
                var name = (string[])["name", "vm", "vmName", "host", "uuid", "id"];
                var some = JsonNode.Parse(items[^1])!;
                var word = some[name.First(x => some[x] is not null)]!.GetValue<string>();
                var (found, _) = await ReadAsync($"pageSize=500&filter={Uri.EscapeDataString(word.ToUpperInvariant())}");
                if (!found.Contains(items[^1]) || found.Count >= items.Count)
                {
                    wrong.Add($"filter={word} finds {found.Count} of {items.Count}");
                }

                if ((await ReadAsync("filter=nothing-has-this-in-it")).Items.Count > 0)
                {
                    wrong.Add("a filter that nothing fits is not empty");
                }
            }

            return wrong;
        }

        /// <summary>What the items have of an order's name, to compare; null where the order has no member.</summary>
        private static List<IComparable>? Values(IReadOnlyList<string> items, string order)
        {
            List<IComparable> values = [];
            foreach (var item in items)
            {
                var node = JsonNode.Parse(item)!;
                if ((node[order] ?? node[order + "Bytes"] ?? node[order + "Name"]) is not JsonValue value)
                {
                    return null;
                }

                values.Add(value.TryGetValue<long>(out var number) ? number : value.TryGetValue<DateTime>(out var time) ? time : order == "severity" ? (int)Enum.Parse<ConcernSeverity>(value.GetValue<string>()) : new Ordinal(value.GetValue<string>()));
            }

            return values;
        }

        private string Address(string query) => $"{path}?{(scope.Length > 0 ? scope + "&" : "")}{query}";

        private async Task<(IReadOnlyList<string> Items, JsonNode Page)> ReadAsync(string query)
        {
            using var answer = await http.GetAsync(Address(query), Cancel);
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{Address(query)}: {text}");
            var page = JsonNode.Parse(text)!;
            foreach (var item in page["items"]!.AsArray())
            {
                foreach (var fleeting in Fleeting)
                {
                    item!.AsObject().Remove(fleeting);
                }
            }

            return ([.. page["items"]!.AsArray().Select(x => x!.ToJsonString())], page);
        }
    }

    private sealed record Ordinal(string Text) : IComparable
    {
        public int CompareTo(object? obj) => string.CompareOrdinal(Text, (obj as Ordinal)?.Text);
    }
}
