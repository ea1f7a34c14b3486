using System.Net;
using System.Net.Mail;
using Migrate.Api.Notifications;
using static Migrate.Api.Settings.SettingCatalogue;

namespace Migrate.Api.Settings;

/// <summary>The settings of messages: what each takes, and what they need of each other.</summary>
internal static class NotificationReading
{
    public static Uri Webhook(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
        {
            throw new FormatException("a webhook is no https URL without a user in it");
        }

        return url.Scheme == "https" || url.Host == "localhost" || (IPAddress.TryParse(url.DnsSafeHost, out var address) && IPAddress.IsLoopback(address))
            ? url
            : throw new FormatException($"messages to {url.Host} would cross the network in clear: name an https URL");
    }

    public static string Address(string text) =>
        MailAddress.TryCreate(text, out var address) && address.Address == text ? text : throw new FormatException($"'{text}' is no e-mail address");

    public static NotificationOptions Of(SettingValues values)
    {
        var (to, from, server) = (values.Get(NotifyMail), values.Get(MailFrom), values.Get(SmtpServer));
        if (to.Count > 0 && (from is null || server is null))
        {
            values.Problems.Add("notify-mail needs mail-from and smtp-server");
        }

        var (host, port) = Split(values, server);
        return new NotificationOptions
        {
            Webhooks = values.Get(NotifyWebhook),
            WebhookSecret = Secret(values, NotifySecretFile),
            MailTo = to,
            MailFrom = from,
            SmtpHost = host,
            SmtpPort = port,
            SmtpTls = values.Get(SmtpTls),
            SmtpUser = values.Get(SmtpUser),
            SmtpPassword = Secret(values, SmtpPasswordFile),
        };
    }

    private static (string? Host, int Port) Split(SettingValues values, string? server)
    {
        if (server is null)
        {
            return (null, 25);
        }

        if (!Uri.TryCreate($"smtp://{server}", UriKind.Absolute, out var url) || url.Host.Length == 0 || url.PathAndQuery.Length > 1)
        {
            values.Problems.Add($"smtp-server: '{server}' is no HOST or HOST:PORT");
            return (null, 25);
        }

        return (url.DnsSafeHost, url.Port > 0 ? url.Port : 25);
    }

    private static string? Secret(SettingValues values, Setting<string?> setting)
    {
        if (values.Get(setting) is not { } path)
        {
            return null;
        }

        try
        {
            if ((File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) != 0)
            {
                values.Problems.Add($"{setting.Name}: {path} can be read or written by others: chmod 600 {path}");
            }

            var text = File.ReadAllText(path).Trim();
            if (text.Length == 0)
            {
                values.Problems.Add($"{setting.Name}: {path} is empty");
            }

            return text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Problems.Add($"{setting.Name}: {path} cannot be read: {e.Message}");
            return null;
        }
    }
}
