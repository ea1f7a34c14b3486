using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace Migrate.Api.Tests.Pages;

/// <summary>Heads of columns that turn a list round, on each page whose list the API can order.</summary>
[UsesDatabase]
public sealed class SortedPageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_head_orders_its_list_and_says_how_it_is_ordered()
    {
        await using var server = new RunningServer(); // All rows of its lists are this test's.
        await server.InitializeAsync();
        foreach (var (name, due) in new[] { ("sort-a", 2160), ("sort-b", 2170) })
        {
            await server.AddRunAsync(name, (plan, _, run) => plan.CreatedAt = run.CreatedAt = (run.DueAt = new DateTime(due, 1, 1, 0, 0, 0, DateTimeKind.Utc)).Value.AddYears(-150));
            (await server.RunAsync("user", "add", name, "--role", "Viewer", "--no-password")).ExitCode.ShouldBe(0);
            var key = await server.RunAsync("key", "create", name + "-key", "--role", "Viewer", "--days", name == "sort-a" ? "3" : "5");
            key.ExitCode.ShouldBe(0, key.Error);
        }

        await using (var db = await server.DatabaseAsync())
        {
            await db.KvmHosts.ExecuteUpdateAsync(set => set.SetProperty(x => x.Uri, x => "test:///" + x.Name), Cancellation);
        }

        using var browser = new Browser(server);
        List<string> wrong = [];
        foreach (var (path, parameter, order, usual) in new[]
        {
            ("/plans", "sort", "name", false), ("/plans", "sort", "createdAt", false), ("/reports", "sort", "name", false), ("/reports", "sort", "createdAt", false), ("/runs", "sort", "vm", false), ("/runs", "sort", "createdAt", false),
            ("/work", "sort", "vm", false), ("/work", "sort", "due", true), ("/sources", "sort", "name", true), ("/sources", "hostsort", "name", true), ("/sources", "hostsort", "uri", false),
            ("/settings/users", "sort", "name", true), ("/settings/users", "sort", "createdAt", false), ("/settings/keys", "sort", "name", false), ("/settings/keys", "sort", "expiresAt", false), ("/audit", "sort", "at", false),
        })
        {
            var up = await browser.PageAsync($"{path}?{parameter}={order}");
            var down = await browser.PageAsync($"{path}?{parameter}=-{order}");
            wrong.AddRange(Head(up, parameter, "-" + order) == "ascending" ? [] : [$"{path} {order}: its head does not say ascending and lead to the other way round"]);
            wrong.AddRange(Head(down, parameter, order) == "descending" ? [] : [$"{path} {order}: its head does not say descending and lead back"]);
            wrong.AddRange(IsForward(up, path, parameter) && !IsForward(down, path, parameter) ? [] : [$"{path}: {order} does not order its rows"]);
            if (usual)
            {
                wrong.AddRange(Head(await browser.PageAsync(path), parameter, "-" + order) == "ascending" ? [] : [$"{path}: {order} is its usual order, and its head does not say so"]);
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }

    /// <summary>How the column is ordered whose head leads to an order.</summary>
    private static string Head(string page, string parameter, string order) =>
        Regex.Match(page, $"<th [^>]*aria-sort=\"([a-z]+)\"[^>]*>\\s*<a href=\"[^\"]*[?;&]{parameter}={order}\"").Groups[1].Value;

    /// <summary>Whether what was made first comes first, in the table that is ordered.</summary>
    private static bool IsForward(string page, string path, string parameter)
    {
        var table = Regex.Matches(page, "<tbody>.*?</tbody>", RegexOptions.Singleline).Select(x => x.Value).Where(x => path == "/audit" || (x.Contains("sort-a", StringComparison.Ordinal) && x.Contains("sort-b", StringComparison.Ordinal)))
            .ElementAt(parameter == "hostsort" ? 1 : 0);
        return path == "/audit" ? Regex.Match(table, "<td class=\"n\">(\\d+)<").Groups[1].Value == "1"
            : table.IndexOf("sort-a", StringComparison.Ordinal) < table.IndexOf("sort-b", StringComparison.Ordinal);
    }
}
