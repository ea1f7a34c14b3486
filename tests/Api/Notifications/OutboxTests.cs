using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Api.Notifications;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Notifications;

/// <summary>What happens to runs is told to real listeners, once, signed, and after they or we were away.</summary>
[UsesDatabase]
public sealed class OutboxTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-outbox-").FullName;
    private IDbContextFactory<MigrateDb> _databases = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var options = await ChosenDatabase.NewAsync(Cancel) is { } shared ? DatabaseOptions.Postgres(shared) : DatabaseOptions.Sqlite(Path.Combine(_directory, "migrate.db"));
        _databases = MigrateDatabase.CreateFactory(options);
        await new MigrateDatabase(_databases, options, TimeProvider.System, NullLogger<MigrateDatabase>.Instance).MigrateAsync(Cancel);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Each_happening_reaches_a_webhook_once_with_a_signature_that_fits()
    {
        var got = new ConcurrentQueue<(string Event, string Timestamp, string Signature, string Body)>();
        await using var listener = await ListenAsync(got, () => 204);
        var options = new NotificationOptions { Webhooks = [new Uri(listener.Urls.First() + "/hook")], WebhookSecret = "key" };
        await AddAsync("before", x => (x.Phase, x.FinishedAt) = (RunPhase.Failed, DateTime.UtcNow));
        await LookAsync(options);

        await AddAsync("failed", x => (x.Phase, x.ResumePhase, x.FinishedAt, x.Error, x.Remedy) = (RunPhase.Failed, RunPhase.Seeding, DateTime.UtcNow, "The disk is full.", "Make room."));
        await AddAsync("ready", x => (x.Phase, x.ReadyAt) = (RunPhase.Ready, DateTime.UtcNow));
        await AddAsync("judged", x => (x.Phase, x.FinishedAt, x.Outcome) = (RunPhase.Completed, DateTime.UtcNow, "Fail"));
        await AddAsync("stalled", x => x.Phase = RunPhase.Seeding, stalledSince: DateTime.UtcNow);
        await AddAsync("quiet", x => x.Phase = RunPhase.Seeding);
        for (var i = 0; i < 3; i++)
        {
            await LookAsync(options); // Each time as another process would.
        }

        got.Select(x => x.Event).ShouldBe(["failed", "ready", "verdict", "stalled"], ignoreOrder: true);
        foreach (var one in got)
        {
            one.Signature.ShouldBe("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("key"u8, Encoding.UTF8.GetBytes($"{one.Timestamp}.{one.Body}"))));
        }

        var failed = JsonNode.Parse(got.Single(x => x.Event == "failed").Body)!;
        (failed["vm"]!.GetValue<string>(), failed["remedy"]!.GetValue<string>()).ShouldBe(("failed", "Make room."));
        failed["text"]!.GetValue<string>().ShouldContain("The disk is full.");
    }

    [Fact]
    public async Task A_receiver_that_is_away_or_refuses_gets_it_when_it_is_back()
    {
        var got = new ConcurrentQueue<(string Event, string Timestamp, string Signature, string Body)>();
        var status = 503;
        await using var listener = await ListenAsync(got, () => status);
        var options = new NotificationOptions { Webhooks = [new Uri(listener.Urls.First() + "/hook")], FirstPause = TimeSpan.Zero };
        await LookAsync(options);
        await AddAsync("vm", x => (x.Phase, x.ReadyAt) = (RunPhase.Ready, DateTime.UtcNow));
        await LookAsync(options);
        await LookAsync(options);
        var waiting = await OneAsync();
        (waiting.SentAt, waiting.Attempts, waiting.Error).ShouldBe((null, 2, "answered 503"));
        got.Clear();

        status = 200;
        await LookAsync(options);
        got.Count.ShouldBe(1);
        (await OneAsync()).SentAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_answer_leads_nowhere_else_and_a_receiver_that_was_taken_out_is_not_spoken_to()
    {
        var got = new ConcurrentQueue<(string Event, string Timestamp, string Signature, string Body)>();
        var elsewhere = new ConcurrentQueue<(string Event, string Timestamp, string Signature, string Body)>();
        await using var other = await ListenAsync(elsewhere, () => 200);
        await using var listener = await ListenAsync(got, () => 307, other.Urls.First() + "/inside");
        var options = new NotificationOptions { Webhooks = [new Uri(listener.Urls.First() + "/hook")], FirstPause = TimeSpan.Zero };
        await LookAsync(options);
        await AddAsync("vm", x => (x.Phase, x.ReadyAt) = (RunPhase.Ready, DateTime.UtcNow));
        await LookAsync(options);
        (got.Count, elsewhere.Count).ShouldBe((1, 0));

        await LookAsync(options with { Webhooks = [] });
        (got.Count, (await OneAsync()).DueAt).ShouldBe((1, null));
    }

    [Fact]
    public async Task Mail_is_handed_to_the_server()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = TakeMailAsync(listener);
        var options = new NotificationOptions { MailTo = ["ops@example.org"], MailFrom = "migrate@example.org", SmtpHost = "127.0.0.1", SmtpPort = ((IPEndPoint)listener.LocalEndpoint).Port };
        await LookAsync(options);
        await AddAsync("web01", x => (x.Phase, x.FinishedAt, x.Outcome) = (RunPhase.Completed, DateTime.UtcNow, "Pass"));
        await LookAsync(options);
        var said = await taken.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        said.ShouldSatisfyAllConditions(
            x => x.ShouldContain("MAIL FROM:<migrate@example.org>"), x => x.ShouldContain("RCPT TO:<ops@example.org>"), x => x.ShouldContain("Subject: "));
        var message = await OneAsync();
        (message.SentAt is not null, message.Subject).ShouldBe((true, "Migrate: web01 verdict Pass"), message.Error);
    }

    /// <summary>As much of SMTP as a client needs (RFC 5321).</summary>
    private static async Task<string> TakeMailAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync(Cancel);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await using var writer = new StreamWriter(client.GetStream(), Encoding.ASCII) { NewLine = "\r\n", AutoFlush = true };
        var said = new StringBuilder();
        var isData = false;
        await writer.WriteLineAsync("220 test");
        while (await reader.ReadLineAsync(Cancel) is { } line)
        {
            said.AppendLine(line);
            if (isData)
            {
                isData = line != ".";
                if (!isData)
                {
                    await writer.WriteLineAsync("250 taken");
                    return said.ToString();
                }
            }
            else
            {
                isData = line == "DATA";
                await writer.WriteLineAsync(isData ? "354 go on" : "250 test");
            }
        }

        return said.ToString();
    }

    private async Task LookAsync(NotificationOptions options)
    {
        using var messengers = new Messengers(options, TimeProvider.System);
        using var outbox = new Outbox(_databases, options, messengers, TimeProvider.System, NullLogger<Outbox>.Instance);
        await outbox.LookAsync(Cancel);
    }

    private async Task AddAsync(string vm, Action<Run> change, DateTime? stalledSince = null)
    {
        var run = new Run { Id = Guid.NewGuid(), VmKey = vm, VmName = vm, CreatedAt = DateTime.UtcNow };
        change(run);
        await using var db = await _databases.CreateDbContextAsync(Cancel);
        db.Runs.Add(run);
        db.RunDisks.Add(new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, DiskKey = 2000, Label = "Hard disk 1", Reader = "file", StalledSince = stalledSince });
        await db.SaveChangesAsync(Cancel);
    }

    private async Task<Notification> OneAsync()
    {
        await using var db = await _databases.CreateDbContextAsync(Cancel);
        return await db.Notifications.SingleAsync(x => x.Receiver != "", Cancel);
    }

    private static async Task<WebApplication> ListenAsync(ConcurrentQueue<(string Event, string Timestamp, string Signature, string Body)> got, Func<int> status, string? location = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/{**path}", async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            got.Enqueue((http.Request.Headers["X-Migrate-Event"].ToString(), http.Request.Headers["X-Migrate-Timestamp"].ToString(), http.Request.Headers["X-Migrate-Signature"].ToString(), await reader.ReadToEndAsync(Cancel)));
            http.Response.StatusCode = status();
            if (location is not null)
            {
                http.Response.Headers.Location = location;
            }
        });
        await app.StartAsync(Cancel);
        return app;
    }
}
