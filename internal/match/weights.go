package match

// Shipped returns the weights that ship.
func Shipped() *Model {
	m := &Model{
		Field: [fields]float64{2, 1, 1.2, .4, .5}, Identifier: 1.5, Sharpness: 1.5, Local: .6, Shrink: 5,
		Bias: -5, SameGroup: .75, Threshold: .5, Second: .6,
	}
	m.Weight[Text] = 12
	m.Weight[Near] = 1
	m.Weight[Relative] = 2
	return m
}
