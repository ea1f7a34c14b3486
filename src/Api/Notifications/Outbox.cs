using System.Net.Mail;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Notifications;

/// <summary>
/// Puts what happened into the outbox, once for each receiver, and delivers what is due: a message is tried until its receiver takes it, for a day. A process that dies after a
/// delivery and before it could say so delivers again, under the same id.
/// </summary>
internal sealed partial class Outbox(
    IDbContextFactory<MigrateDb> databases, NotificationOptions options, Messengers messengers, TimeProvider time, ILogger<Outbox> log) : BackgroundService
{
    private const string BeginKey = "begin";
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private const int AtOnce = 100;
    private const int LongestError = 500;

    /// <summary>One look: what is new is stored, what is due is sent.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await StoreAsync(cancellationToken);
        await SendAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.Interval, time);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (DatabaseTrouble.Is(e))
            {
                LogDatabase(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var begin = await db.Notifications.AsNoTracking().Where(x => x.Key == BeginKey).Select(x => (DateTime?)x.CreatedAt).SingleOrDefaultAsync(cancellationToken);
        if (begin is null)
        {
            // What happened before anybody wanted to be told is not told.
            db.Notifications.Add(new Notification { Id = Guid.NewGuid(), Key = BeginKey, Event = BeginKey, Receiver = "", Subject = "", Body = "{}", CreatedAt = now });
            await db.SaveChangesAsync(cancellationToken);
            return;
        }

        var seen = await Happenings.SinceAsync(db, begin.Value, now, cancellationToken);
        if (seen.Count == 0)
        {
            return;
        }

        var messages = seen.SelectMany(x => options.Receivers.Select(receiver => (Happening: x, Receiver: receiver, Key: $"{x.Key} {receiver}"))).ToList();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var keys in messages.Select(x => x.Key).Chunk(AtOnce))
        {
            known.UnionWith(await db.Notifications.Where(x => keys.Contains(x.Key)).Select(x => x.Key).ToListAsync(cancellationToken));
        }

        messages.RemoveAll(x => known.Contains(x.Key));
        if (messages.Count == 0)
        {
            return; // Mostly: what happened within days was told within seconds.
        }

        var plans = await db.Plans.AsNoTracking().Select(x => new { x.Id, x.Name }).ToDictionaryAsync(x => x.Id, x => x.Name, cancellationToken);
        foreach (var (happening, receiver, key) in messages)
        {
            var run = happening.Run;
            var body = new NotificationBody(
                happening.Event, happening.At, run.Id, plans.GetValueOrDefault(run.PlanId, ""), run.Wave, run.VmName, run.Phase.ToString(), run.Outcome, happening.Text, happening.Remedy);
            db.Notifications.Add(new Notification
            {
                Id = Guid.NewGuid(),
                Key = key,
                Event = happening.Event,
                RunId = run.Id,
                Receiver = receiver,
                Subject = $"Migrate: {OneLine.Of(run.VmName)} {(happening.Event == "verdict" ? $"verdict {run.Outcome}" : happening.Event)}",
                Body = body.ToJson(),
                CreatedAt = now,
                DueAt = now,
            });
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var due = await db.Notifications.Where(x => x.DueAt != null && x.DueAt <= now).OrderBy(x => x.CreatedAt).ThenBy(x => x.Id).Take(AtOnce).ToListAsync(cancellationToken);
        foreach (var message in due)
        {
            await TryAsync(message, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    private async Task TryAsync(Notification message, CancellationToken cancellationToken)
    {
        // Whoever was taken out of the settings is not spoken to any more.
        if (!options.Receivers.Contains(message.Receiver))
        {
            (message.DueAt, message.Error) = (null, "its receiver is not configured any more");
            return;
        }

        message.Attempts++;
        try
        {
            await messengers.DeliverAsync(message, cancellationToken);
            (message.SentAt, message.DueAt, message.Error) = (time.GetUtcNow().UtcDateTime, null, null);
        }
        catch (Exception e) when (e is HttpRequestException or SmtpException or IOException or FormatException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var now = time.GetUtcNow().UtcDateTime;
            var said = e is OperationCanceledException ? "no answer in time" : e.GetBaseException().Message;
            message.Error = said.Length > LongestError ? said[..LongestError] : said;
            if (now - message.CreatedAt > GivenUpAfter)
            {
                message.DueAt = null;
                LogGivenUp(log, message.Event, HostOf(message.Receiver), message.Attempts, message.Error);
                return;
            }

            var pause = options.FirstPause * Math.Pow(2, Math.Min(message.Attempts - 1, 20));
            message.DueAt = now + (pause < LongestPause ? pause : LongestPause);
            LogPutOff(log, message.Event, HostOf(message.Receiver), message.Attempts, message.Error);
        }
    }

    /// <summary>A webhook's path may be what opens it.</summary>
    private static string HostOf(string receiver) => Uri.TryCreate(receiver, UriKind.Absolute, out var url) && url.Scheme != "mailto" ? url.Host : receiver;

    [LoggerMessage(682, LogLevel.Warning, "Messages could not be looked for, because of the database")]
    private static partial void LogDatabase(ILogger logger, Exception exception);

    [LoggerMessage(683, LogLevel.Warning, "The message '{Event}' to {Receiver} was not taken at try {Attempt}: {Error}; it is tried again")]
    private static partial void LogPutOff(ILogger logger, string @event, string receiver, int attempt, string error);

    [LoggerMessage(684, LogLevel.Error, "The message '{Event}' to {Receiver} was not taken in a day and is given up after {Attempts} tries: {Error}")]
    private static partial void LogGivenUp(ILogger logger, string @event, string receiver, int attempts, string error);
}
