from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Funnel limits: who is beyond chance",
    says="""
    Around the common mean, limits within which a unit of its size stays by chance alone: in 95 and in 99.8 of 100
    cases. Where all units vary more than chance would have it, the limits widen by phi. `outside` names the limit that the figure is beyond.
    """,
    formula="""
    c ± z · √( max(1, phi) · one / n_eff ),   z = 1.960 (95 %) and 3.090 (99.8 %), cut at 0 and 100
    """,
    source="Spiegelhalter (2005), Statistics in Medicine 24, 1185–1202.",
    sql=("96_reliability", "99_published"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 4
            B          | S1     | 6
            C          | S2     | 4
            D          | S2     | 6
            E          | S3     | 4
            F          | S3     | 6
            G          | S4     | 4
            H          | S4     | 6
            I          | S5     | 8
            J          | S5     | 10
            nobody     | S6     | -
            """,
            working="""
            c   = (4·50 + 90)/5
            z1  = (50 − c)/√(200/2)       # of S1 to S4
            z5  = (90 − c)/√(200/2)       # of S5
            end = z1 + 0.6·(z5 − z1)      # the 90 % point
            phi = (4·z1² + end²)/5
            s   = √(phi·200/2)
            x   = 3.090232306167814       # 99.9 % point of the normal distribution
            """,
            expected=(
                scores("""
                unit | estimate | funnel_low95 | funnel_high95 | funnel_low998 | funnel_high998 | outside
                S1   | 50       | c − z·s      | c + z·s       | c − x·s       | c + x·s        | no
                S5   | 90       | c − z·s      | c + z·s       | c − x·s       | c + x·s        | above_998
                S6   | -        | -            | -             | -             | -              | -
                """),
            ),
        ),
    ),
)
