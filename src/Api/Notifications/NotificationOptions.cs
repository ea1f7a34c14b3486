namespace Migrate.Api.Notifications;

/// <summary>Who is told of what happens to runs. Only who is named here is ever spoken to.</summary>
internal sealed record NotificationOptions
{
    public IReadOnlyList<Uri> Webhooks { get; init; } = [];

    /// <summary>The key of the webhooks' signatures; null: they bear none.</summary>
    public string? WebhookSecret { get; init; }

    public IReadOnlyList<string> MailTo { get; init; } = [];

    public string? MailFrom { get; init; }

    public string? SmtpHost { get; init; }

    public int SmtpPort { get; init; } = 25;

    public bool SmtpTls { get; init; }

    public string? SmtpUser { get; init; }

    public string? SmtpPassword { get; init; }

    /// <summary>How often it is looked for what happened, and for what is due.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After the first failure; doubles with each, up to an hour.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(10);

    public bool IsWanted => Receivers.Any();

    public IEnumerable<string> Receivers => Webhooks.Select(x => x.AbsoluteUri).Concat(MailTo.Select(x => "mailto:" + x));
}
