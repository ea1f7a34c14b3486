using System.Collections.Immutable;
using Migrate.Target.Protocol;
using static Migrate.Target.Reservations.ReservationOutcome;

namespace Migrate.Target.Reservations;

/// <summary>Reservation Register, Acquire and Release (NVM Express Base 2.0, 7.5 to 7.8 and 8.19) as functions of the state.</summary>
internal static class ReservationRules
{
    private const int Register = 0;
    private const int Unregister = 1;
    private const int Replace = 2;

    private const int AcquireAction = 0;
    private const int Preempt = 1;
    private const int PreemptAndAbort = 2;

    private const int ReleaseAction = 0;
    private const int Clear = 1;

    /// <param name="now">The state.</param>
    /// <param name="host">Whose command it is.</param>
    /// <param name="cdw10">RREGA, IEKEY, CPTPL.</param>
    /// <param name="current">CRKEY.</param>
    /// <param name="next">NRKEY.</param>
    public static ReservationOutcome OfRegister(ReservationState now, Guid host, uint cdw10, ulong current, ulong next)
    {
        var action = (int)(cdw10 & 7);
        var persistence = cdw10 >> 30;
        if (action > Replace || persistence == 1 || (action != Unregister && next == 0))
        {
            return Refused(NvmeStatus.InvalidField, now); // a key of zero means "everybody" to Preempt
        }

        var mine = now.Find(host);
        var fits = action == Register ? mine is null || mine.Key == next : mine is not null && (IgnoresKey(cdw10) || mine.Key == current);
        if (!fits)
        {
            return Refused(NvmeStatus.ReservationConflict, now);
        }

        var changed = now with { Generation = now.Generation + 1, Persists = persistence == 0 ? now.Persists : persistence == 3 };
        return action switch
        {
            Unregister => Without(changed, [mine!], host),
            _ when mine is null => Done(changed with { Registrants = now.Registrants.Add(new Registrant(host, next)) }),
            _ => Done(changed with { Registrants = now.Registrants.Replace(mine, mine with { Key = next }) }),
        };
    }

    /// <param name="now">The state.</param>
    /// <param name="host">Whose command it is.</param>
    /// <param name="cdw10">RACQA, IEKEY, RTYPE.</param>
    /// <param name="current">CRKEY.</param>
    /// <param name="preempted">PRKEY.</param>
    public static ReservationOutcome OfAcquire(ReservationState now, Guid host, uint cdw10, ulong current, ulong preempted)
    {
        var action = (int)(cdw10 & 7);
        var type = (ReservationType)(byte)(cdw10 >> 8);
        if (action > PreemptAndAbort || IgnoresKey(cdw10) || type == ReservationType.None || !Enum.IsDefined(type))
        {
            return Refused(NvmeStatus.InvalidField, now);
        }

        if (now.Find(host) is not { } mine || mine.Key != current)
        {
            return Refused(NvmeStatus.ReservationConflict, now);
        }

        return action != AcquireAction ? OfPreempt(now, host, type, preempted)
            : !now.IsHeld ? Done(Held(now, host, type))
            : now.IsHolder(host) && now.Type == type ? Done(now)
            : Refused(NvmeStatus.ReservationConflict, now);
    }

    /// <param name="now">The state.</param>
    /// <param name="host">Whose command it is.</param>
    /// <param name="cdw10">RRELA, IEKEY, RTYPE.</param>
    /// <param name="current">CRKEY.</param>
    public static ReservationOutcome OfRelease(ReservationState now, Guid host, uint cdw10, ulong current)
    {
        var action = (int)(cdw10 & 7);
        if (action > Clear || IgnoresKey(cdw10))
        {
            return Refused(NvmeStatus.InvalidField, now);
        }

        if (now.Find(host) is not { } mine || mine.Key != current)
        {
            return Refused(NvmeStatus.ReservationConflict, now);
        }

        if (action == Clear)
        {
            return Done(now with { Generation = now.Generation + 1, Type = ReservationType.None, Holder = null, Registrants = [] },
                Tell(now.Registrants, ReservationNoticeType.ReservationPreempted, host));
        }

        if (!now.IsHolder(host))
        {
            return Done(now); // nothing of this host's to release
        }

        if (now.Type != (ReservationType)(byte)(cdw10 >> 8))
        {
            return Refused(NvmeStatus.InvalidField, now);
        }

        // Where only the holder had rights the others have not lost any.
        var concerned = now.Type is ReservationType.WriteExclusive or ReservationType.ExclusiveAccess ? [] : now.Registrants;
        return Done(now with { Type = ReservationType.None, Holder = null }, Tell(concerned, ReservationNoticeType.ReservationReleased, host));
    }

    private static ReservationOutcome OfPreempt(ReservationState now, Guid host, ReservationType type, ulong key)
    {
        var takesReservation = now.IsHeldByAll ? key == 0 : now.IsHeld && now.Find(now.Holder!.Value)!.Key == key;
        if (key == 0 && !takesReservation)
        {
            return Refused(NvmeStatus.InvalidField, now);
        }

        var changed = now with { Generation = now.Generation + 1 };
        if (!takesReservation)
        {
            var named = now.Registrants.Where(r => r.Key == key).ToImmutableArray();
            if (named.IsEmpty)
            {
                return Refused(NvmeStatus.ReservationConflict, now);
            }

            var rest = Without(changed, named, host);
            return rest with { Notices = [.. Tell(named, ReservationNoticeType.RegistrationPreempted, host), .. rest.Notices] };
        }

        // The preempting host keeps its registration, whatever its key; there is no moment without a reservation.
        var gone = now.Registrants.Where(r => (key == 0 || r.Key == key) && r.HostId != host).ToImmutableArray();
        var left = now.Registrants.RemoveRange(gone);
        var notices = Tell(gone, ReservationNoticeType.RegistrationPreempted, host);
        return Done(Held(changed with { Registrants = left }, host, type),
            type == now.Type ? notices : notices.AddRange(Tell(left, ReservationNoticeType.ReservationReleased, host)));
    }

    /// <summary>Registrations end; with the holder's goes the reservation, with the last one's that of all registrants.</summary>
    private static ReservationOutcome Without(ReservationState now, ImmutableArray<Registrant> gone, Guid host)
    {
        var left = now with { Registrants = now.Registrants.RemoveRange(gone) };
        var ends = now.IsHeldByAll ? left.Registrants.IsEmpty : now.IsHeld && left.Find(now.Holder!.Value) is null;
        if (!ends)
        {
            return Done(left);
        }

        var concerned = now.Type is ReservationType.WriteExclusiveRegistrantsOnly or ReservationType.ExclusiveAccessRegistrantsOnly ? left.Registrants : [];
        return Done(left with { Type = ReservationType.None, Holder = null }, Tell(concerned, ReservationNoticeType.ReservationReleased, host));
    }

    private static ReservationState Held(ReservationState now, Guid host, ReservationType type)
    {
        var held = now with { Type = type };
        return held with { Holder = held.IsHeldByAll ? null : host };
    }

    private static bool IgnoresKey(uint cdw10) => (cdw10 & 8) != 0;

    private static ImmutableArray<ReservationNotice> Tell(ImmutableArray<Registrant> hosts, ReservationNoticeType type, Guid butNot) =>
        [.. hosts.Where(r => r.HostId != butNot).Select(r => new ReservationNotice(r.HostId, type))];
}
