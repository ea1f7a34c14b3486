using System.Diagnostics;
using System.Globalization;
using System.Net;
using Migrate.Planner.VSphere.Calls;

namespace Migrate.Planner.Tests.VSphere.Calls;

/// <summary>What calls of a source's API go through, with a server that is a function.</summary>
public sealed class PacedCallsTests
{
    private static readonly CallLimits Quick = new() { FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromSeconds(30), Attempts = 4 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_calls_than_the_bucket_has_tokens_for_begin()
    {
        var begun = new List<long>();
        using var client = Client(new CallLimits { PerSecond = 50, Burst = 10, AtOnce = 100 }, _ =>
        {
            lock (begun)
            {
                begun.Add(Stopwatch.GetTimestamp());
            }

            return new HttpResponseMessage(HttpStatusCode.OK);
        });
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetAsync("https://vc/sdk", Cancel)));
        begun.Sort();
        // Ten at once, and of the others one every 20 ms: whatever the machine's load, none begins earlier.
        for (var n = 10; n < begun.Count; n++)
        {
            Stopwatch.GetElapsedTime(begun[0], begun[n]).ShouldBeGreaterThan(TimeSpan.FromMilliseconds((20 * (n - 9)) - 25), $"call {n}");
        }
    }

    [Fact]
    public async Task No_more_calls_than_allowed_are_under_way_at_once()
    {
        var crowd = new Crowd(3);
        using var client = Client(new CallLimits { AtOnce = 3, PerSecond = 10_000, Burst = 1000 }, async (_, cancel) =>
        {
            await crowd.ComeAndGoAsync(cancel);
            return new HttpResponseMessage(HttpStatusCode.OK);
        });
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetAsync("https://vc/sdk", Cancel)));
        crowd.WasTooMany.ShouldBeFalse();
    }

    [Theory, InlineData(503), InlineData(429)]
    public async Task A_busy_server_is_asked_again_when_it_said(int status)
    {
        var calls = new List<long>();
        using var client = Client(Quick, _ =>
        {
            calls.Add(Stopwatch.GetTimestamp());
            return calls.Count > 1 ? new HttpResponseMessage(HttpStatusCode.OK) : Busy(status, "1");
        });
        (await client.PostAsync("https://vc/sdk", new StringContent("body"), Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        Stopwatch.GetElapsedTime(calls[0], calls[1]).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.95));
    }

    [Fact]
    public async Task A_moment_to_wait_for_is_taken_by_the_servers_clock()
    {
        var theirs = TimeProvider.System.GetUtcNow().AddDays(400);
        var calls = 0;
        using var client = Client(Quick, _ =>
        {
            var answer = ++calls > 1 ? new HttpResponseMessage(HttpStatusCode.OK) : Busy(503, theirs.AddSeconds(1).ToString("r", CultureInfo.InvariantCulture));
            answer.Headers.Date = theirs;
            return answer;
        });
        (await client.GetAsync("https://vc/sdk", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task All_calls_wait_for_a_busy_server_and_not_only_the_one_that_was_refused()
    {
        var times = new List<(string Path, long At)>();
        using var client = Client(Quick, request =>
        {
            lock (times)
            {
                times.Add((request.RequestUri!.AbsolutePath, Stopwatch.GetTimestamp()));
                return times.Count == 1 ? Busy(503, "1") : new HttpResponseMessage(HttpStatusCode.OK);
            }
        });
        var first = client.GetAsync("https://vc/first", Cancel);
        while (times.Count == 0)
        {
            await Task.Delay(1, Cancel);
        }

        await Task.Delay(50, Cancel);
        await client.GetAsync("https://vc/second", Cancel);
        await first;
        times.Skip(1).ShouldAllBe(t => Stopwatch.GetElapsedTime(times[0].At, t.At) > TimeSpan.FromSeconds(0.95));
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up_after_some_attempts()
    {
        var calls = 0;
        using var client = Client(Quick, _ =>
        {
            calls++;
            return Busy(503, null);
        });
        var refused = await Should.ThrowAsync<MigrateException>(() => client.GetAsync("https://vc/sdk", Cancel));
        (refused.Code, refused.IsTransient, calls).ShouldBe(("source.busy", true, 4));
        refused.Message.ShouldContain("4 times in a row");
    }

    [Fact]
    public async Task A_server_that_wants_an_hours_peace_is_not_waited_for()
    {
        using var client = Client(Quick, _ => Busy(429, "3600"));
        var refused = await Should.ThrowAsync<MigrateException>(() => client.GetAsync("https://vc/sdk", Cancel));
        refused.Message.ShouldContain("3600 s");
    }

    [Theory, InlineData(502), InlineData(504)]
    public async Task What_may_have_been_carried_out_is_not_sent_twice(int status)
    {
        var calls = 0;
        using var client = Client(Quick, _ =>
        {
            calls++;
            return new HttpResponseMessage((HttpStatusCode)status);
        });
        var refused = await Should.ThrowAsync<MigrateException>(() => client.GetAsync("https://vc/sdk", Cancel));
        (refused.Code, refused.IsTransient, calls).ShouldBe(("source.busy", true, 1));
    }

    [Fact]
    public async Task An_answer_without_end_is_refused()
    {
        using var client = Client(Quick with { AnswerBytes = 1000 }, _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(new byte[1001]) });
        (await Should.ThrowAsync<MigrateException>(() => client.GetAsync("https://vc/sdk", Cancel))).Code.ShouldBe("source.answer-too-large");
    }

    [Fact]
    public async Task A_call_that_is_cancelled_while_it_waits_gives_its_place_back()
    {
        var limits = Quick with { AtOnce = 1, FirstPause = TimeSpan.FromSeconds(20) };
        var calls = 0;
        using var client = Client(limits, _ => ++calls == 1 ? Busy(503, "10") : new HttpResponseMessage(HttpStatusCode.OK));
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        soon.CancelAfter(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<OperationCanceledException>(() => client.GetAsync("https://vc/sdk", soon.Token));
        (await client.GetAsync("https://vc/sdk", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static HttpResponseMessage Busy(int status, string? retryAfter)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status);
        if (retryAfter is not null)
        {
            answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        }

        return answer;
    }

    private static HttpClient Client(CallLimits limits, Func<HttpRequestMessage, HttpResponseMessage> answer) => Client(limits, (request, _) => Task.FromResult(answer(request)));

    private static HttpClient Client(CallLimits limits, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) =>
        new(new PacedCalls(new CallPace(limits, TimeProvider.System), limits, TimeProvider.System, new Server(answer)));

    private sealed class Server(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await answer(request, cancellationToken);
            response.RequestMessage = request;
            return response;
        }
    }
}
