using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace Migrate.Api.Tests.Idempotency;

public sealed class RepeatedCallTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_call_again_gets_the_same_answer_and_is_not_done_twice()
    {
        var (key, name) = (Guid.NewGuid().ToString(), Name());
        using var first = await AddAsync(key, name);
        using var again = await AddAsync(key, name);

        (first.StatusCode, again.StatusCode).ShouldBe((HttpStatusCode.Created, HttpStatusCode.Created), "without the key it would be 409");
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        again.Headers.Location.ShouldBe(first.Headers.Location);
        (await again.Content.ReadAsStringAsync(Cancellation)).ShouldBe(await first.Content.ReadAsStringAsync(Cancellation));
        (await AddAsync(Guid.NewGuid().ToString(), name)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_key_belongs_to_one_call()
    {
        var key = Guid.NewGuid().ToString();
        (await AddAsync(key, Name())).Dispose();
        (await CodeAsync(await AddAsync(key, Name()))).ShouldBe("idempotency.key-reused");
    }

    [Fact]
    public async Task What_was_refused_is_tried_again()
    {
        var (key, name) = (Guid.NewGuid().ToString(), Name());
        (await CodeAsync(await AddAsync(key, "no/slash"))).ShouldBe("user.refused");
        (await AddAsync(key, name)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Of_many_at_once_one_does_it()
    {
        var (key, name) = (Guid.NewGuid().ToString(), Name());
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AddAsync(key, name)));
        answers.Count(x => x.StatusCode == HttpStatusCode.Created && !x.Headers.Contains("Idempotency-Replayed")).ShouldBe(1);
        foreach (var other in answers.Where(x => x.StatusCode != HttpStatusCode.Created))
        {
            (await CodeAsync(other)).ShouldBe("idempotency.under-way");
        }
    }

    [Fact]
    public async Task A_call_that_a_server_died_over_is_told_as_such()
    {
        var (key, name) = (Guid.NewGuid().ToString(), Name());
        (await AddAsync(key, name)).Dispose();
        await using (var db = await server.DatabaseAsync())
        {
            await db.AnsweredCalls.Where(x => x.Key == key).ExecuteUpdateAsync(set => set.SetProperty(x => x.Status, (int?)null), Cancellation);
        }

        (await CodeAsync(await AddAsync(key, name))).ShouldBe("idempotency.under-way");
    }

    [Fact]
    public async Task Answers_are_kept_for_a_day()
    {
        var (key, name) = (Guid.NewGuid().ToString(), Name());
        (await AddAsync(key, name)).Dispose();
        await using (var db = await server.DatabaseAsync())
        {
            await db.AnsweredCalls.Where(x => x.Key == key).ExecuteUpdateAsync(set => set.SetProperty(x => x.AskedAt, DateTime.UtcNow.AddHours(-25)), Cancellation);
        }

        (await AddAsync(key, name)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_secret_is_not_kept_to_be_shown_again()
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "any");
        (await CodeAsync(await client.PostAsJsonAsync("/api/v1/keys", new { name = "k", role = "Viewer" }, Cancellation))).ShouldBe("idempotency.not-here");
    }

    private static string Name() => $"u{Guid.NewGuid():N}";

    private async Task<HttpResponseMessage> AddAsync(string key, string name)
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.Add("Idempotency-Key", key);
        return await client.PostAsJsonAsync("/api/v1/users", new { name, role = "Viewer" }, Cancellation);
    }

    private static async Task<string> CodeAsync(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["code"]!.GetValue<string>();
}
