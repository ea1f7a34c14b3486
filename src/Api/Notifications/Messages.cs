using System.Net.Mail;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Notifications;

/// <summary>The outbox for people to look at, and messages that try whether their receivers take any.</summary>
internal sealed class Messages(IDbContextFactory<MigrateDb> databases, NotificationOptions options, Messengers messengers, TimeProvider time)
{
    public const string TestEvent = "test";
    private const int LongestError = 500;

    public ReceiversView Receivers => ReceiversView.Of(options);

    public static readonly ListOrders<Notification> Orders = new ListOrders<Notification>("-createdAt").Last(x => x.Id).By("createdAt", x => x.CreatedAt).By("event", x => x.Event, x => x.CreatedAt);

    /// <summary>Newest first.</summary>
    /// <param name="state">sent, waiting or given-up; null for all.</param>
    /// <param name="paging">Which part.</param>
    /// <param name="cancellationToken">Of the caller.</param>
    public async Task<Page<MessageView>> ListAsync(string? state, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var all = db.Notifications.AsNoTracking().Where(x => x.Receiver != "");
        all = state switch
        {
            null => all,
            "sent" => all.Where(x => x.SentAt != null),
            "waiting" => all.Where(x => x.SentAt == null && x.DueAt != null),
            "given-up" => all.Where(x => x.SentAt == null && x.DueAt == null),
            _ => throw new Problems.InvalidRequestException("notification.state-invalid", "No messages were looked for: 1 problem.", ["state: sent, waiting or given-up."]),
        };
        var total = await all.LongCountAsync(cancellationToken);
        var page = await Orders.Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<MessageView>([.. page.Select(MessageView.Of)], paging.Number, paging.Size, total);
    }

    /// <summary>Tries every receiver once, now; what comes of it is among the messages.</summary>
    /// <exception cref="MigrateException">notification.none.</exception>
    public async Task<IReadOnlyList<MessageView>> TestAsync(string by, CancellationToken cancellationToken)
    {
        if (!options.IsWanted)
        {
            throw new MigrateException("notification.none", "Nobody is told of runs: no receiver is configured.", "Name webhooks (notify-webhook) or addresses (notify-mail) in the settings, and start the server anew: docs/notifications.md.");
        }

        var now = time.GetUtcNow().UtcDateTime;
        var body = new NotificationBody(TestEvent, now, null, "", 0, "", "", null, $"This is a test, sent by {by}. Messages about runs come this way.", null).ToJson();
        List<Notification> sent = [];
        foreach (var receiver in options.Receivers)
        {
            var id = Guid.NewGuid();
            var message = new Notification { Id = id, Key = $"{TestEvent} {id:D}", Event = TestEvent, Receiver = receiver, Subject = "Migrate: a test", Body = body, CreatedAt = now, Attempts = 1 };
            try
            {
                await messengers.DeliverAsync(message, cancellationToken);
                message.SentAt = time.GetUtcNow().UtcDateTime;
            }
            catch (Exception e) when (e is HttpRequestException or SmtpException or IOException or FormatException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                var said = e is OperationCanceledException ? "no answer in time" : e.GetBaseException().Message;
                message.Error = said.Length > LongestError ? said[..LongestError] : said;
            }

            sent.Add(message);
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        db.Notifications.AddRange(sent);
        await db.SaveChangesAsync(cancellationToken);
        return sent.ConvertAll(MessageView.Of);
    }
}
