using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Notifications;

/// <summary>Delivers one message; throws when that failed.</summary>
internal sealed class Messengers(NotificationOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>No redirects: an answer must not lead to an address that nobody configured. No proxy from the environment, no cookies.</summary>
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };

    public Task DeliverAsync(Notification message, CancellationToken cancellationToken) =>
        message.Receiver.StartsWith("mailto:", StringComparison.Ordinal) ? MailAsync(message, cancellationToken) : PostAsync(message, cancellationToken);

    public void Dispose() => _http.Dispose();

    /// <summary>What a receiver computes to know that a message is ours and how old it is: HMAC-SHA256 over the time stamp, a dot, and the body.</summary>
    public static string SignatureOf(string secret, string timestamp, string body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}.{body}")));

    private async Task PostAsync(Notification message, CancellationToken cancellationToken)
    {
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, message.Receiver) { Content = new StringContent(message.Body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Migrate-Event", message.Event);
        request.Headers.Add("X-Migrate-Delivery", message.Id.ToString("D"));
        request.Headers.Add("X-Migrate-Timestamp", timestamp);
        if (options.WebhookSecret is { } secret)
        {
            request.Headers.Add("X-Migrate-Signature", SignatureOf(secret, timestamp, message.Body));
        }

        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"answered {(int)answer.StatusCode}", null, answer.StatusCode);
        }
    }

    private async Task MailAsync(Notification message, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var smtp = new SmtpClient(options.SmtpHost, options.SmtpPort) { EnableSsl = options.SmtpTls };
        if (options.SmtpUser is { } user)
        {
            smtp.Credentials = new NetworkCredential(user, options.SmtpPassword);
        }

        using var mail = new MailMessage(options.MailFrom!, message.Receiver["mailto:".Length..])
        {
            Subject = message.Subject,
            Body = NotificationBody.ForPeople(message.Body),
            SubjectEncoding = Encoding.UTF8,
            BodyEncoding = Encoding.UTF8,
        };
        mail.Headers.Add("Message-ID", $"<{message.Id:D}@migrate>"); // A second delivery after a crash is recognised as the same.
        await smtp.SendMailAsync(mail, patience.Token);
    }
}
