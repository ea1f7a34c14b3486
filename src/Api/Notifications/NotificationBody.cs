using System.Text.Json;

namespace Migrate.Api.Notifications;

/// <summary>What a webhook gets as JSON, and a mail as lines.</summary>
internal sealed record NotificationBody(string Event, DateTime At, Guid? Run, string Plan, int Wave, string Vm, string Phase, string? Outcome, string Text, string? Remedy)
{
    public string ToJson() => JsonSerializer.Serialize(this, Json.Options);

    public static string ForPeople(string json)
    {
        var body = JsonSerializer.Deserialize<NotificationBody>(json, Json.Options)!;
        if (body.Run is null)
        {
            return $"{body.Text}\n{body.At:u}\n";
        }

        return $"{body.Text}\n{(body.Remedy is { } remedy ? $"\n{remedy}\n" : "")}\nPlan {body.Plan}, wave {body.Wave}, VM {body.Vm}, phase {body.Phase}, run {body.Run:D}\n{body.At:u}\n";
    }
}
