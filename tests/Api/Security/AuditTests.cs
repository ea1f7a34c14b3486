using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security.Audit;
using Migrate.Api.Security.Keys;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Security;

/// <summary>On a server of their own, because they spoil its log.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private readonly RunningServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private AuditTrail Trail => _server.Services.GetRequiredService<AuditTrail>();

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        using var client = _server.Client();
        foreach (var name in new[] { "one", "two", "three" })
        {
            await client.PostAsJsonAsync("/api/v1/users", new { name, role = "Viewer" }, Cancellation);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_is_asked_is_written_before_and_what_came_of_it_after()
    {
        using var client = _server.Client();
        await client.PostAsJsonAsync("/api/v1/users", new { name = "one", role = "Viewer" }, Cancellation);

        var lines = await Trail.ReadAsync(Cancellation).ToListAsync(Cancellation);

        lines.Select(x => x.Sequence).ShouldBe(Enumerable.Range(1, 8).Select(x => (long)x));
        var (asked, answered) = (lines[^2], lines[^1]);
        (asked.Kind, asked.Action, asked.Target, asked.Who, asked.Through, asked.CameFrom, asked.Outcome).ShouldBe(("asked", "AddUser", "users", "admin", "admin-token", "127.0.0.1", ""));
        (answered.Kind, answered.AskedAs, answered.Outcome).ShouldBe(("answered", asked.Sequence, "409 user.exists"));
        lines[1].Outcome.ShouldBe("201");
    }

    [Fact]
    public async Task Who_may_not_is_written_down_with_what_it_wanted()
    {
        var (_, secret) = await _server.Services.GetRequiredService<ApiKeys>().CreateAsync("curious", Role.Operator, TimeSpan.FromDays(1), [], [], "test", Cancellation);
        using var client = _server.Client(secret);
        await client.PostAsJsonAsync($"/api/v1/runs/{Guid.Empty}/cutover", new { reason = "because I can" }, Cancellation);

        var last = await Trail.ReadAsync(Cancellation).LastAsync(Cancellation);

        (last.Who, last.Action, last.Outcome).ShouldBe(("curious", "CutOverRun", "403 auth.role-missing"));
    }

    [Fact]
    public async Task The_reason_is_kept()
    {
        using var client = _server.Client();
        await client.PostAsJsonAsync($"/api/v1/runs/{Guid.Empty}/cutover", new { reason = "rehearsed on Tuesday" }, Cancellation);
        var last = await Trail.ReadAsync(Cancellation).LastAsync(Cancellation);
        (last.Reason, last.Outcome).ShouldBe(("rehearsed on Tuesday", "404 run.unknown"));
    }

    [Fact]
    public async Task An_untouched_log_is_intact_here_and_elsewhere()
    {
        (await _server.RunAsync("audit", "verify")).ExitCode.ShouldBe(0);
        var export = Path.Combine(_server.Directory, "audit.jsonl");
        (await _server.RunAsync("audit", "export", "--out", export)).ExitCode.ShouldBe(0);
        var key = Path.Combine(_server.Directory, "installation.pub");
        var elsewhere = await CommandResult.OfAsync([], "audit", "verify", "--file", export, "--key", key);
        elsewhere.ExitCode.ShouldBe(0, elsewhere.Error);
        elsewhere.Out.ShouldContain("6 lines");

        await File.WriteAllTextAsync(export, (await File.ReadAllTextAsync(export, Cancellation)).Replace("\"201\"", "\"403\"", StringComparison.Ordinal), Cancellation);
        (await CommandResult.OfAsync([], "audit", "verify", "--file", export, "--key", key)).ExitCode.ShouldBe(1);
    }

    [Theory]
    [InlineData("UPDATE audit SET \"Who\" = 'somebody else' WHERE \"Sequence\" = 3", "line 3 was changed")]
    [InlineData("DELETE FROM audit WHERE \"Sequence\" = 3", "line 3 is missing")]
    [InlineData("DELETE FROM audit WHERE \"Sequence\" > 4", "the end is missing")]
    [InlineData("DELETE FROM audit", "the end is missing")]
    [InlineData("UPDATE audit SET \"Signature\" = '' WHERE \"Sequence\" = 2", "line 2 is not signed")]
    public async Task A_line_that_is_changed_or_taken_out_shows(string sql, string problem)
    {
        await using (var db = await _server.DatabaseAsync())
        {
            await db.Database.ExecuteSqlRawAsync(sql, Cancellation);
        }

        var check = await Trail.CheckAsync(Cancellation);

        check.Intact.ShouldBeFalse();
        check.Problem.ShouldStartWith(problem);
        (await _server.RunAsync("audit", "verify")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task A_cut_off_end_is_not_closed_by_the_lines_that_come_after_a_restart()
    {
        await using (var db = await _server.DatabaseAsync())
        {
            await db.Audit.Where(x => x.Sequence > 4).ExecuteDeleteAsync(Cancellation);
        }

        await _server.RestartAsync();
        using var client = _server.Client();
        await client.PostAsJsonAsync("/api/v1/users", new { name = "after", role = "Viewer" }, Cancellation);

        (await Trail.CheckAsync(Cancellation)).Problem.ShouldBe("line 5 is missing: the next is 7");
    }

    [Fact]
    public async Task What_a_form_is_called_is_kept_short()
    {
        using var client = _server.Client();
        using var posted = await client.PostAsync("/appearance", new FormUrlEncodedContent([KeyValuePair.Create("_handler", "long\nline" + new string('x', 100_000))]), Cancellation);
        var last = await Trail.ReadAsync(Cancellation).LastAsync(Cancellation);
        last.Action.Length.ShouldBeLessThanOrEqualTo(200);
        last.Action.ShouldNotContain("\n");
    }

    [Fact]
    public async Task The_hash_is_what_the_documentation_says()
    {
        using var client = _server.Client();
        await client.PostAsJsonAsync($"/api/v1/runs/{Guid.Empty}/cutover", new { reason = "\"ça\u00a0va\" \\ もう" }, Cancellation);
        var lines = await Trail.ReadAsync(Cancellation).ToListAsync(Cancellation);
        var (before, x) = (lines[^2], lines[^1]);
        string[] parts =
        [
            $"{x.Sequence}", x.At.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture), x.Kind, $"{x.AskedAs}", x.Who, x.Through, x.CameFrom, x.Action,
            x.Target, x.Outcome, "\\\"ça\u00a0va\\\" \\\\ もう", x.TraceId, before.Hash,
        ];
        x.Hash.ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("[" + string.Join(',', parts.Select(p => $"\"{p}\"")) + "]"))));
    }

    [Fact]
    public async Task A_log_made_anew_with_right_hashes_lacks_the_signature()
    {
        await using (var db = await _server.DatabaseAsync())
        {
            var (before, lines) = ("", await db.Audit.OrderBy(x => x.Sequence).ToListAsync(Cancellation));
            foreach (var line in lines)
            {
                line.Who = "somebody else";
                before = line.Hash = AuditChain.HashOf(line, before);
            }

            await db.SaveChangesAsync(Cancellation);
        }

        (await Trail.CheckAsync(Cancellation)).Problem.ShouldBe("line 1 is not signed by this installation");
    }

    [Fact]
    public async Task Many_callers_at_once_make_one_chain()
    {
        using var client = _server.Client();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => client.PostAsJsonAsync("/api/v1/users", new { name = $"many{i}", role = "Viewer" }, Cancellation)));
        var check = await Trail.CheckAsync(Cancellation);
        (check.Intact, check.Lines).ShouldBe((true, 86));
    }
}
