using Migrate.Planner.Persistence;

namespace Migrate.Api.Notifications;

/// <summary>Who is told of runs, without what opens their doors.</summary>
/// <param name="Webhooks">Their servers; a path may be a secret.</param>
/// <param name="Signed">Whether messages to webhooks bear a signature.</param>
/// <param name="MailTo">Addresses.</param>
/// <param name="MailFrom">The sender; null without e-mail.</param>
/// <param name="MailServer">Host and port; null without e-mail.</param>
/// <param name="MailTls">Only by STARTTLS.</param>
/// <param name="MailLogin">Whether the mail server is logged in to.</param>
public sealed record ReceiversView(
    IReadOnlyList<string> Webhooks, bool Signed, IReadOnlyList<string> MailTo, string? MailFrom, string? MailServer, bool MailTls, bool MailLogin)
{
    internal static ReceiversView Of(NotificationOptions options) => new(
        [.. options.Webhooks.Select(x => ReceiverText.Of(x.AbsoluteUri))], options.WebhookSecret is not null, options.MailTo, options.MailFrom,
        options.SmtpHost is { } host ? $"{host}:{options.SmtpPort}" : null, options.SmtpTls, options.SmtpUser is not null);
}

/// <summary>A message to one receiver.</summary>
/// <param name="Id">The same when it comes again.</param>
/// <param name="Event">ready | failed | verdict | stalled | test.</param>
/// <param name="RunId">What it tells of; null for a test.</param>
/// <param name="Receiver">A webhook's server, or an address.</param>
/// <param name="Subject">In a line.</param>
/// <param name="State">sent | waiting | given-up.</param>
/// <param name="Tries">So far.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="NextTryAt">UTC; null when it is not tried any more.</param>
/// <param name="SentAt">UTC; null while it was not taken.</param>
/// <param name="Error">Why the last try failed; null when none did.</param>
public sealed record MessageView(
    Guid Id, string Event, Guid? RunId, string Receiver, string Subject, string State, int Tries, DateTime CreatedAt, DateTime? NextTryAt, DateTime? SentAt, string? Error)
{
    internal static MessageView Of(Notification x) => new(
        x.Id, x.Event, x.RunId, ReceiverText.Of(x.Receiver), x.Subject, x.SentAt is not null ? "sent" : x.DueAt is not null ? "waiting" : "given-up",
        x.Attempts, x.CreatedAt, x.DueAt, x.SentAt, x.Error);
}

/// <summary>A receiver as people may see it.</summary>
internal static class ReceiverText
{
    /// <summary>A webhook's path may be what opens it.</summary>
    public static string Of(string receiver) => receiver.StartsWith("mailto:", StringComparison.Ordinal) ? receiver["mailto:".Length..]
        : Uri.TryCreate(receiver, UriKind.Absolute, out var url) ? $"{url.GetLeftPart(UriPartial.Authority)}/…" : "";
}
